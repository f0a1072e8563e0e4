import Billing
import PostgreSQL

extension Connection {
  /// Reads what a report of one company is made of, and makes it when the transaction is over.
  ///
  /// - Parameter read: `nil` when there is no such company.
  func report<Facts, Report>(
    of company: CompanyID, _ read: () throws(LedgerError) -> Facts?, _ make: (Facts) throws(MoneyError) -> Report
  ) throws(UsageReportError) -> Report {
    guard let facts = try snapshot(read) else { throw .unknownCompany(company) }
    return try priced { () throws(MoneyError) in try make(facts) }
  }

  /// Reads as of one moment, whatever is committed meanwhile.
  ///
  /// - Parameter keepingMonths: for whoever reads records: no month is archived meanwhile.
  func snapshot<Facts>(
    keepingMonths: Bool = false, _ read: () throws(LedgerError) -> Facts
  ) throws(UsageReportError) -> Facts {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    do {
      return try inTransaction(self, begin: keepingMonths ? "\(begin); \(ArchivedMonths.stay)" : begin, read)
    } catch {
      throw .ledger(error)
    }
  }
}

/// Turns facts into a report; what is wrong with figures or rates is the report's error.
func priced<Report>(_ make: () throws(MoneyError) -> Report) throws(UsageReportError) -> Report {
  do { return try make() } catch { throw .price(error) }
}
