import Billing
import PostgreSQL

/// The reservation of one id in a month, made or taken away by itself; see `LedgerRow`.
struct Reservation {
  let company: CompanyID
  let usageID: UsageID
  /// The month that begins at the boundary.
  let month: CivilDate

  /// Reserves the id, unless a row of the month has the key already.
  ///
  /// - Returns: whether it is kept out of the month's first two days now; not when a record of these has come in.
  func make(on connection: Connection) throws(PostgreSQLError) -> Bool {
    let made = try connection.update(
      """
      INSERT INTO billing.ledger (company_id, usage_id, month, occurred_at, kind, metric, quantity, counted)
      VALUES (\(company), \(usageID), \(month), \(month.start), 'r', '', 0, 0)
      ON CONFLICT DO NOTHING
      """)
    guard made == 0 else { return true }
    return try connection.query(
      """
      SELECT FROM billing.ledger
      WHERE company_id = \(company) AND usage_id = \(usageID) AND month = \(month) AND kind <> 'r'
        AND occurred_at < \(Boundary.neighbourhood(month).to)
      """
    ).isEmpty
  }

  /// Makes room for a record from later in the month, which then keeps the id out of its first two days.
  func giveUp(on connection: Connection) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      DELETE FROM billing.ledger
      WHERE company_id = \(company) AND usage_id = \(usageID) AND month = \(month) AND kind = 'r'
      """)
  }
}
