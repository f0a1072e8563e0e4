import Billing
import PostgreSQL
import Storage

/// Reads the log for people.
public struct AuditReader {
  /// Which rows are asked for: those that are all of it.
  public struct Question: Sendable {
    public var since: Instant?
    public var action: AuditAction?
    public var company: CompanyID?

    public init() {}
  }

  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// The newest rows, newest first.
  public func list(_ question: Question, limit: Int) throws(AuditError) -> [AuditRow] {
    try database { () throws(PostgreSQLError) in
      let (since, action, company) = (question.since, question.action?.rawValue, question.company)
      let rows = try connection.query(
        """
        SELECT \(unescaped: AuditRow.columns) FROM billing.audit_log
        WHERE (\(since)::timestamptz IS NULL OR acted_at >= \(since))
          AND (\(action)::text IS NULL OR action = \(action))
          AND (\(company)::text IS NULL OR company_id = \(company))
        ORDER BY number DESC LIMIT \(limit)
        """)
      var listed: [AuditRow] = []
      for row in rows { listed.append(try AuditRow(row)) }
      return listed
    }
  }
}
