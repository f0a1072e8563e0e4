import Billing
import Invoicing
import Ledger
import Outbox
import PostgreSQL
import TestSupport

extension World {
  /// When January's grace is over.
  static let closing = "2025-02-01T00:30:00Z"

  /// What closing does about meters: settles what all totals come to, writes, commits.
  ///
  /// - Parameter areCharged: false where the lines of what was counted last are yet to come.
  @discardableResult
  func settleMeters(
    _ companies: String..., start: String = "2025-01-01", invoice: Int64? = 17, at now: String = closing,
    isSubscribed: Bool = false, areCharged: Bool = true
  ) throws -> MeterReportSummary {
    let connection = eye
    let settled = try companies.map {
      MeterSettlement.Settled(
        company: try company($0), periodStart: try day(start), invoice: invoice.flatMap { InvoiceNumber($0) },
        isSubscribed: isSubscribed)
    }
    try connection.begin()
    try PricedPeriods.lockRegistry(connection)
    if areCharged { try charge(settled.map(\.company), on: connection) }
    let priced = try PricedPeriods(of: settled.map(\.company), on: connection)
    let report = try MeterSettlement(connection).settle(settled, priced, now: try instant(now))
    try OutboxWriter(connection).write(settled.flatMap { report.entries[$0.company] ?? [] })
    try connection.commit()
    return report.summary
  }

  private func charge(_ companies: [CompanyID], on connection: Connection) throws {
    _ = try connection.update(
      """
      INSERT INTO billing.metric_charges (company_id, metric, period_start, charged_quantity, charged_amount, lines)
      SELECT company_id, metric, period_start, quantity, 0, 1 FROM billing.usage_periods
      WHERE company_id = ANY (\(companies))
      ON CONFLICT (company_id, metric, period_start) DO UPDATE SET charged_quantity = excluded.charged_quantity
      """)
  }
}
