import Billing
import Invoicing
import Ledger
import Outbox
import PostgreSQL
import TestSupport

extension World {
  /// When January's grace is over.
  static let closing = "2025-02-01T00:30:00Z"

  /// What closing does about meters: settles, writes, commits.
  @discardableResult
  func settleMeters(
    _ companies: String..., start: String = "2025-01-01", invoice: Int64? = 17, at now: String = closing,
    isSubscribed: Bool = false
  ) throws -> MeterReportSummary {
    let connection = eye
    let settled = try companies.map {
      MeterSettlement.Settled(
        company: try company($0), periodStart: try day(start), invoice: invoice.flatMap { InvoiceNumber($0) },
        isSubscribed: isSubscribed)
    }
    try connection.begin()
    try PricedPeriods.lockRegistry(connection)
    let priced = try PricedPeriods(of: settled.map(\.company), on: connection)
    let report = try MeterSettlement(connection).settle(settled, priced, now: try instant(now))
    try OutboxWriter(connection).write(settled.flatMap { report.entries[$0.company] ?? [] })
    try connection.commit()
    return report.summary
  }
}
