import Billing
import PostgreSQL

/// Makes billing periods that nothing has made: a company without usage has them too, and owes its base fee.
public struct PeriodRows {
  private static let companiesAtOnce = 500

  private let connection: Connection

  /// - Parameter connection: in no transaction.
  public init(_ connection: Connection) { self.connection = connection }

  /// Completes the periods of registered companies, up to that which contains `now`.
  ///
  /// - Parameter shouldStop: asked between companies; what is left is the next run's.
  public func complete(now: Instant, shouldStop: () -> Bool = { false }) throws(LedgerError) {
    var last = ""
    while !shouldStop() {
      let after = last
      let rows = try database { () throws(PostgreSQLError) in
        try connection.query(
          """
          SELECT c.company_id FROM billing.companies c
          WHERE c.company_id > \(after) AND c.registered_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM billing.billing_periods p WHERE p.company_id = c.company_id AND p.period_end > \(now.date))
          ORDER BY c.company_id LIMIT \(Self.companiesAtOnce)
          """)
      }
      var incomplete: [CompanyID: [Instant]] = [:]
      for row in rows {
        let id: CompanyID = try database { () throws(PostgreSQLError) in try row.decode(at: 0) }
        incomplete[id] = []
        last = id.text
      }
      guard !incomplete.isEmpty else { return }
      _ = try CompanyLoader(connection: connection).make(incomplete, now: now)
    }
  }
}
