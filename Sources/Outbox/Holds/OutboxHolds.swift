import Billing
import PostgreSQL
import Storage

/// Lets held sequences be looked at again. Whoever changes what a hold depends on (the company's registration, mode,
/// customer or subscription, a pause, an invoice's reference) calls it in the transaction of that change.
public enum OutboxHolds {
  /// - Throws: the database's error.
  public static func release(_ company: CompanyID, on connection: Connection) throws(OutboxError) {
    try database { () throws(PostgreSQLError) in
      // A claim holds a sequence under a share of this lock, by what it reads after it has that. So it has read the change,
      // or has committed before the update below looks.
      _ = try connection.query("SELECT 1 FROM billing.companies WHERE company_id = \(company) FOR NO KEY UPDATE")
      try wake(company, on: connection)
    }
  }

  /// For a company whose row is locked.
  static func wake(_ company: CompanyID, on connection: Connection) throws(PostgreSQLError) {
    _ = try connection.query(
      """
      SELECT 1 FROM billing.outbox_keys WHERE company_id = \(company) AND state = 'h' ORDER BY ordering_key FOR UPDATE
      """)
    _ = try connection.update(
      """
      UPDATE billing.outbox_keys SET state = 'w', hold = NULL WHERE company_id = \(company) AND state = 'h'
      """)
  }
}
