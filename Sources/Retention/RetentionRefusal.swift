import Billing
import Ledger

/// Something that keeps a month in the ledger.
public enum RetentionRefusal: Sendable, Hashable, CustomStringConvertible {
  /// `MAX_USAGE_AGE` still lets usage of it in, until the day given.
  case young(until: CivilDate)
  /// Records in a billing period that nobody has been billed for.
  case openPeriod(CompanyID, MetricName, periodStart: CivilDate)
  /// A total that is not what stands on the lines of invoices.
  case uncharged(CompanyID, MetricName, periodStart: CivilDate)
  /// Voids whose records have not come.
  case awaitedRecords(CompanyID, count: Int64)
  /// Totals that do not equal the ledger, or another difference that `verify` shows.
  case difference(CompanyID?, kind: String, metric: String, place: String)
  /// The month's totals count other records than its table has.
  case miscounted(records: Int64, totals: Int64)

  public var description: String {
    switch self {
    case .young(let day): "usage of it is accepted before \(day) (MAX_USAGE_AGE)"
    case .openPeriod(let company, let metric, let start):
      "\(company), \(metric): not billed, the billing period from \(start) is not closed"
    case .uncharged(let company, let metric, let start):
      "\(company), \(metric): not billed in full, the total of the period from \(start) differs from what was charged"
    case .awaitedRecords(let company, let count):
      "\(company): \(count) usage.voided messages whose records have not come"
    case .difference(let company, let kind, let metric, let place):
      "\(company?.text ?? "-"), \(metric.isEmpty ? "-" : metric): \(kind), \(place); see usage-billing verify"
    case .miscounted(let records, let totals):
      "its totals count \(totals) records, and there are \(records); see usage-billing verify"
    }
  }
}
