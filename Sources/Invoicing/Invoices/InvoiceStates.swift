import Billing
import Ledger
import PostgreSQL
import Storage

/// Turns drafts into open invoices when they have become final at Stripe, as far as that is known without asking: ours when
/// Stripe has taken their finalization, a subscription's when Stripe's hour is over.
///
/// Only of companies whose entries are sent: what Stripe was not told of is no invoice there. Run again, or next to another,
/// it changes nothing more.
public struct InvoiceStates {
  /// Stripe finalizes a subscription's draft an hour after it made it.
  private static let draftSeconds: Int64 = 3600
  /// Invoices in one transaction.
  private static let chunk = 1000

  private let connection: Connection
  private let grace: Duration

  /// - Parameters:
  ///   - connection: in no transaction.
  ///   - grace: `PERIOD_GRACE`.
  public init(_ connection: Connection, grace: Duration) {
    self.connection = connection
    self.grace = grace
  }

  /// - Parameter shouldStop: asked between two chunks; what is left is the next pass's.
  /// - Returns: how many invoices are open now that were drafts.
  @discardableResult
  public func run(now: Instant, shouldStop: () -> Bool = { false }) throws(InvoicingError) -> Int {
    var opened = 0
    for step in [finalized, ofSubscriptions] {
      var count = Self.chunk
      while count == Self.chunk, !shouldStop() {
        count = try database { () throws(PostgreSQLError) in try connection.update(step(now)) }
        opened += count
      }
    }
    return opened
  }

  /// Those that we finalize. The entry is in the history once Stripe has taken it, and not looked for as long as it waits.
  private func finalized(_ now: Instant) -> SQL {
    """
    UPDATE billing.invoices AS i SET state = 'open', finalized_at = f.settled_at
    FROM (
      SELECT i.company_id, i.invoice_no, h.settled_at
      FROM billing.invoices i JOIN billing.companies c USING (company_id)
      CROSS JOIN LATERAL (
        SELECT settled_at FROM billing.outbox_history
        WHERE company_id = i.company_id AND entry_id = i.finalize_entry AND outcome IN ('d', 'b')
          AND settled_at >= i.created_at
        LIMIT 1) AS h
      WHERE i.state = 'draft' AND i.route = 'c' AND c.stripe_mode = 'live'
      ORDER BY i.company_id, i.invoice_no LIMIT \(Self.chunk) FOR NO KEY UPDATE OF i SKIP LOCKED) AS f
    WHERE i.company_id = f.company_id AND i.invoice_no = f.invoice_no
    """
  }

  /// Those that Stripe finalizes: its hour and ours are over, and no draft is looked for any more.
  private func ofSubscriptions(_ now: Instant) -> SQL {
    let ended = now.adding(seconds: -Self.draftSeconds - grace.components.seconds)
    return """
      UPDATE billing.invoices AS i SET state = 'open', finalized_at = \(now)
      FROM (
        SELECT i.company_id, i.invoice_no
        FROM billing.invoices i JOIN billing.companies c USING (company_id)
        WHERE i.state = 'draft' AND i.route = 's' AND c.stripe_mode = 'live'
          AND i.period_end <= \(ended.date)
          AND NOT EXISTS (
            SELECT FROM billing.outbox_entries e
            WHERE e.company_id = i.company_id AND e.ordering_key = 'items' AND e.kind = 'adopt_invoice'
              AND e.effect::json ->> 'invoice' = i.invoice_no::text)
        ORDER BY i.company_id, i.invoice_no LIMIT \(Self.chunk) FOR NO KEY UPDATE OF i SKIP LOCKED) AS f
      WHERE i.company_id = f.company_id AND i.invoice_no = f.invoice_no
      """
  }
}
