import Billing
import PostgreSQL
import Storage

/// The outbox as people see it.
public struct OutboxReader {
  /// Which of the entries that are not settled.
  public enum Selection: Sendable, CaseIterable {
    case all
    /// Those that go out as soon as it is their turn.
    case queued
    /// Those whose sequence waits for its next attempt.
    case delayed
    case held
    case unknown, dead, expired
  }

  let connection: Connection
  let effects: EffectReader

  public init(_ connection: Connection) throws(OutboxError) {
    self.connection = connection
    effects = try database { () throws(PostgreSQLError) in try EffectReader() }
  }

  /// Where a page begins: behind this entry.
  public struct Position: Hashable, Sendable {
    let company: CompanyID
    let orderingKey: OrderingKey
    let entryNumber: Int64

    public init(after record: EntryRecord) {
      company = record.company
      orderingKey = record.orderingKey
      entryNumber = record.entryNumber
    }
  }

  /// A page of what is not settled, by company, sequence and number.
  public func list(
    _ selection: Selection, company: CompanyID? = nil, after position: Position? = nil, limit: Int = 1000
  ) throws(OutboxError) -> [EntryRecord] {
    // Written out, so that the planner sees which index serves.
    let condition: StaticString =
      switch selection {
      case .all: "true"
      case .queued: "e.state = 'q' AND k.state = 'w'"
      case .delayed: "e.state = 'q' AND k.state = 'd'"
      case .held: "e.state = 'q' AND k.state = 'h'"
      case .unknown: "e.state <> 'q' AND e.state = 'u'"
      case .dead: "e.state <> 'q' AND e.state = 'x'"
      case .expired: "e.state <> 'q' AND e.state = 'e'"
      }
    return try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT \(unescaped: Self.columns), e.state::text, k.state::text, k.due_at, k.hold,
          CASE WHEN k.lease_until > now() THEN k.lease_until END
        FROM billing.outbox_entries e
        CROSS JOIN LATERAL (
          SELECT * FROM billing.outbox_keys
          WHERE company_id = e.company_id AND ordering_key = e.ordering_key LIMIT 1) AS k
        WHERE (e.company_id, e.ordering_key, e.entry_no)
            > (\(position?.company.text ?? company?.text ?? ""), \(position?.orderingKey.text ?? ""),
              \(position?.entryNumber ?? 0))
          AND (\(company) IS NULL OR e.company_id = \(company))
          AND \(unescaped: condition)
        ORDER BY e.company_id, e.ordering_key, e.entry_no LIMIT \(limit)
        """)
      return try rows.map { row throws(PostgreSQLError) in try record(waiting: row) }
    }
  }

  /// A page of what was settled for a company, the latest first.
  public func history(
    _ company: CompanyID, before entryNumber: Int64 = .max, limit: Int = 1000
  ) throws(OutboxError) -> [EntryRecord] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT \(unescaped: Self.columns), \(unescaped: Self.settledColumns) FROM billing.outbox_history e
        WHERE e.company_id = \(company) AND e.entry_no < \(entryNumber) ORDER BY e.entry_no DESC LIMIT \(limit)
        """)
      return try rows.map { row throws(PostgreSQLError) in try record(settled: row) }
    }
  }

  /// - Throws: `unknownEntry`.
  public func show(_ id: EntryID) throws(OutboxError) -> EntryRecord {
    let found = try database { () throws(PostgreSQLError) -> EntryRecord? in
      // What waits has no index by id, which every entry would pay for. It is looked through: a second for millions.
      let waiting = try connection.query(
        """
        SELECT \(unescaped: Self.columns), e.state::text, k.state::text, k.due_at, k.hold,
          CASE WHEN k.lease_until > now() THEN k.lease_until END
        FROM billing.outbox_entries e
        CROSS JOIN LATERAL (
          SELECT * FROM billing.outbox_keys
          WHERE company_id = e.company_id AND ordering_key = e.ordering_key LIMIT 1) AS k
        WHERE e.entry_id = \(id) LIMIT 1
        """)
      if let row = waiting.first { return try record(waiting: row) }
      let settled = try connection.query(
        """
        SELECT \(unescaped: Self.columns), \(unescaped: Self.settledColumns) FROM billing.outbox_history e
        WHERE e.entry_id = \(id) LIMIT 1
        """)
      guard let row = settled.first else { return nil }
      return try record(settled: row)
    }
    guard let found else { throw .unknownEntry(id) }
    return found
  }

  static let columns: StaticString = """
    e.entry_id, e.company_id, e.ordering_key, e.entry_no, e.kind, e.effect, e.created_at, e.send_before, e.attempts,
    e.first_attempt_at, e.last_attempt_at, e.problem, e.answer_status, e.answer_request
    """
  static let settledColumns: StaticString =
    "e.outcome::text, e.reference, e.settled_at, e.reason, e.settled_by, e.converted_into"
}
