import Billing

/// Why there is no report.
public enum UsageReportError: Error, Sendable, CustomStringConvertible {
  /// Nobody registered the company, and no message named it.
  case unknownCompany(CompanyID)
  /// A user's or subscription's part is counted from records, and those of these months are not in the ledger.
  case archived([CivilDate])
  /// The figures are beyond what an amount can hold.
  case price(MoneyError)
  case ledger(LedgerError)

  public var description: String {
    switch self {
    case .unknownCompany(let id):
      "company \(id) is not known: it is not registered and no usage names it; see usage-billing companies list"
    case .archived(let months):
      "the answer would be incomplete: the records of \(ArchivedMonths.list(months)) are archived, and a user's or"
        + " subscription's part is in no total; put them back (retention restore), or ask for other days"
    case .price(let error): "the usage cannot be priced: \(error); check the plan's rates"
    case .ledger(let error): "\(error)"
    }
  }
}
