import Billing
import Crypto
import PostgreSQL
import Storage

/// What people do by command, kept for ever. A row belongs to the transaction of what it tells of: both are there, or
/// neither is.
public struct AuditLog {
  /// Rows are added one after the other, under an advisory lock that is held until the transaction ends. The server ends a
  /// transaction whose program hangs then: others wait, and what they hold stops counting.
  private static let lock = """
    SET LOCAL idle_in_transaction_session_timeout = '10s';
    SELECT pg_advisory_xact_lock(7361, 5)
    """

  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Adds a row within the caller's transaction, which must be READ COMMITTED: in another, a row that was committed since
  /// it began makes this fail.
  ///
  /// To be called last: whoever locks something after it may wait for somebody who waits for the log.
  ///
  /// - Returns: the chain's end, should the transaction commit.
  /// - Throws: `database` with `misuse` outside of a transaction.
  @discardableResult
  public func append(_ act: AuditAct, by person: Person) throws(AuditError) -> AuditHead {
    let (now, last) = try database { () throws(PostgreSQLError) in
      guard connection.transactionStatus == .inTransaction else {
        throw PostgreSQLError(.misuse, "an act is recorded in its own transaction, and there is none")
      }
      // A statement of its own: the next one must see what was committed while this one waited.
      try connection.execute(Self.lock)
      return try end()
    }
    let row: AuditRow
    do {
      row = try AuditRow(
        number: last.number + 1, actedAt: now, person: person.text, action: act.action.rawValue,
        company: act.company?.text, facts: act.facts.text, previousHash: last.hash)
    } catch {
      throw .hashing(error)
    }
    try database { () throws(PostgreSQLError) in try insert(row) }
    return row.head
  }

  /// Adds a row in a transaction of its own: for what happens outside of the database, before it is begun and when it has
  /// ended.
  @discardableResult
  public func record(_ act: AuditAct, by person: Person) throws(AuditError) -> AuditHead {
    do throws(TransactionError<AuditError>) {
      return try connection.withTransaction { _ throws(AuditError) in try append(act, by: person) }
    } catch {
      switch error {
      case .bodyFailed(let error, _): throw error
      case .beginFailed(let error), .commitFailed(let error, _), .commitOutcomeUnknown(let error):
        throw .database(error)
      }
    }
  }

  /// The database's clock and the chain's end.
  private func end() throws(PostgreSQLError) -> (now: Instant, last: AuditHead) {
    let row = try connection.query(
      """
      SELECT clock_timestamp(), a.number, a.hash
      FROM (SELECT 1) AS one LEFT JOIN (
        SELECT number, hash FROM billing.audit_log ORDER BY number DESC LIMIT 1) AS a ON true
      """
    ).one()
    let now = try row.decode(Instant.self, at: 0)
    guard let number = try row.decode(Int64?.self, at: 1) else { return (now, .empty) }
    return (now, AuditHead(number: number, hash: try row.decode(at: 2)))
  }

  private func insert(_ row: AuditRow) throws(PostgreSQLError) {
    try connection.update(
      """
      INSERT INTO billing.audit_log (\(unescaped: AuditRow.columns))
      VALUES (\(row.number), \(row.actedAt), \(row.person), \(row.action), \(row.company), \(row.facts),
        \(row.previousHash), \(row.hash))
      """)
  }
}
