import Billing
import PostgreSQL
import Storage

/// How much the outbox holds at a moment, and since when.
public struct OutboxDepth: Hashable, Sendable {
  public enum State: Hashable, Sendable {
    /// Goes out by itself.
    case queued
    /// To be tried again later.
    case delayed
    case held(Hold)
    case unknown, dead, expired
  }

  public struct Backlog: Hashable, Sendable {
    /// At most 100,000 of a state are counted: more would cost more than it tells.
    public let entries: Int
    /// Since the oldest of those counted was written.
    public let oldestAge: Duration

    public init(entries: Int, oldestAge: Duration) {
      self.entries = entries
      self.oldestAge = oldestAge
    }
  }

  /// States without an entry are left out.
  public let backlogs: [State: Backlog]

  /// - Parameter company: `nil` for all.
  /// - Throws: the database's error.
  public static func read(_ connection: Connection, of company: CompanyID? = nil) throws(OutboxError) -> OutboxDepth {
    try database { () throws(PostgreSQLError) in
      var backlogs: [State: Backlog] = [:]
      func add(_ rows: Rows, _ state: (Row) throws(PostgreSQLError) -> State) throws(PostgreSQLError) {
        for row in rows {
          let age = Duration.microseconds(max(0, try row.decode(Int64.self, at: 2)))
          backlogs[try state(row)] = Backlog(entries: try row.decode(at: 1), oldestAge: age)
        }
      }
      try add(try queued(connection, company, "k.state = 'w'")) { _ in .queued }
      try add(try queued(connection, company, "k.state = 'd'")) { _ in .delayed }
      try add(try queued(connection, company, "k.state = 'h'")) { row throws(PostgreSQLError) in
        .held(try row.decode(at: 0))
      }
      for (state, condition) in [
        (State.unknown, "state <> 'q' AND state = 'u'" as StaticString), (.dead, "state <> 'q' AND state = 'x'"),
        (.expired, "state <> 'q' AND state = 'e'"),
      ] {
        try add(try aside(connection, company, condition)) { _ in state }
      }
      return OutboxDepth(backlogs: backlogs)
    }
  }

  private static func queued(
    _ connection: Connection, _ company: CompanyID?, _ condition: StaticString
  ) throws(PostgreSQLError) -> Rows {
    try connection.query(
      """
      SELECT hold, count(*), (extract(epoch FROM now() - min(created_at)) * 1000000)::bigint
      FROM (
        SELECT k.hold, e.created_at FROM billing.outbox_keys k
        CROSS JOIN LATERAL (
          SELECT created_at FROM billing.outbox_entries
          WHERE company_id = k.company_id AND ordering_key = k.ordering_key AND state = 'q'
          ORDER BY entry_no LIMIT 10000) AS e
        WHERE \(unescaped: condition) AND (\(company) IS NULL OR k.company_id = \(company)) LIMIT 100000) AS q
      GROUP BY hold
      """)
  }

  private static func aside(
    _ connection: Connection, _ company: CompanyID?, _ condition: StaticString
  ) throws(PostgreSQLError) -> Rows {
    try connection.query(
      """
      SELECT NULL::text, count(*), (extract(epoch FROM now() - min(created_at)) * 1000000)::bigint
      FROM (
        SELECT created_at FROM billing.outbox_entries
        WHERE \(unescaped: condition) AND (\(company) IS NULL OR company_id = \(company)) LIMIT 100000) AS a
      HAVING count(*) > 0
      """)
  }
}
