import Billing
import PostgreSQL
import Storage

/// A stop of sending: for a company, or for all.
public struct OutboxPause: Hashable, Sendable {
  /// `nil`: all companies.
  public let company: CompanyID?
  public let since: Instant
  /// Who paused it.
  public let by: String

  /// Those in force, that for all first.
  ///
  /// - Throws: the database's error.
  public static func read(_ connection: Connection) throws(OutboxError) -> [OutboxPause] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT nullif(company_id, '*'), paused_at, paused_by FROM billing.outbox_pauses
        ORDER BY company_id <> '*', company_id
        """)
      return try rows.map { row throws(PostgreSQLError) in
        OutboxPause(company: try row.decode(at: 0), since: try row.decode(at: 1), by: try row.decode(at: 2))
      }
    }
  }
}
