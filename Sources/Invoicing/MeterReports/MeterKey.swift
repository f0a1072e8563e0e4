import Billing

/// Names one total: a company's metric in the billing period that begins on a day.
struct MeterKey: Hashable, Sendable, Comparable {
  let company: CompanyID
  let metric: MetricName
  let periodStart: CivilDate

  /// As the database orders the key's columns: rows are locked in one order everywhere.
  static func < (left: MeterKey, right: MeterKey) -> Bool {
    (left.company, left.metric, left.periodStart) < (right.company, right.metric, right.periodStart)
  }
}
