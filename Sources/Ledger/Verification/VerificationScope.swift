import Billing

/// Which part of some companies' books is compared with the records: everything but closed periods that were proven once
/// and whose totals have not changed since.
public struct VerificationScope: Sendable {
  /// One company's period.
  public struct Period: Sendable, Hashable {
    public let company: CompanyID
    public let bounds: BillingPeriod
    public let isClosed: Bool
  }

  public let companies: [CompanyID]
  public let metrics: [MetricName: Metric]
  /// Whether marks of former verifications are passed over.
  public let isFull: Bool
  /// To be recomputed from the records.
  public let periods: [Period]
  /// To be left out: proven, or their records are no longer in the database.
  public let settled: [Period]
  /// The months (UTC) of the ledger that hold the records of `periods`.
  public let months: [CivilDate]
}

extension VerificationScope {
  var settledCompanies: [CompanyID] { settled.map(\.company) }
  var settledStarts: [CivilDate] { settled.map(\.bounds.start) }
  var settledEnds: [CivilDate] { settled.map(\.bounds.end) }

  /// A condition on a row's `company_id` and `start`, next to a table `settled`: a day or period that is not left out.
  static let isCompared: StaticString = """
    NOT EXISTS (SELECT FROM settled WHERE of_company = company_id AND first_day <= start AND start < end_day)
    """
}
