import Billing
import PostgreSQL

/// Messages owed to the broker. They were written in the transaction that caused them; whoever drains publishes them,
/// waits for the broker's word, and settles.
public struct EventOutbox {
  public struct Event: Sendable {
    public let id: Int64
    public let company: CompanyID
    public let messageID: String
    public let routingKey: String
    public let body: [UInt8]
  }

  /// What the broker said of an event.
  public enum Settlement: Sendable, Equatable {
    case published
    /// Kept and tried again later; the word is shown to operators.
    case kept(problem: String)
  }

  /// The advisory lock that lets one replica drain at a time: events of one total stay in order, and two replicas do not
  /// publish the same one.
  private static let lock = (7361, 3)

  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// The oldest events that are due, in a transaction that `settle` or `release` ends. Should the process die before, they
  /// are published again, under the same message ids.
  public func claim(limit: Int) throws(LedgerError) -> [Event] {
    try database { () throws(PostgreSQLError) in
      // Waiting, not trying: an event committed while another replica drains may have come too late for its look.
      try connection.execute(
        """
        BEGIN;
        SET LOCAL lock_timeout = '5s';
        SELECT pg_advisory_xact_lock(\(Self.lock.0), \(Self.lock.1))
        """)
      let rows = try connection.query(
        """
        SELECT event_id, company_id, message_id::text, routing_key, body FROM billing.event_outbox
        WHERE next_attempt_at <= statement_timestamp() ORDER BY event_id LIMIT \(Int64(limit))
        """)
      var events: [Event] = []
      for row in rows {
        let body: String = try row.decode(at: 4)
        events.append(
          Event(
            id: try row.decode(at: 0), company: try row.decode(at: 1), messageID: try row.decode(at: 2),
            routingKey: try row.decode(at: 3), body: Array(body.utf8)))
      }
      return events
    }
  }

  /// Settles claimed events by the broker's word, one settlement for each in order, and commits.
  public func settle(_ events: [Event], _ settlements: [Settlement]) throws(LedgerError) {
    try database { () throws(PostgreSQLError) in
      try write(events, settlements)
      try connection.commit()
    }
  }

  /// Leaves claimed events as they were.
  public func release() throws(LedgerError) {
    try database { () throws(PostgreSQLError) in try connection.rollback() }
  }

  /// What is owed to the broker at this moment.
  public struct Backlog: Sendable, Equatable {
    /// At most 10,000: counting more would cost more than it tells.
    public let count: Int
    /// Since the oldest was written; zero when nothing is owed.
    public let oldestAge: Duration
  }

  /// - Throws: when the database does not answer.
  public func backlog() throws(LedgerError) -> Backlog {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT count(*), coalesce((extract(epoch FROM now() - min(created_at)) * 1000000)::bigint, 0)
        FROM (SELECT created_at FROM billing.event_outbox ORDER BY event_id LIMIT 10000) AS owed
        """)
      guard let row = rows.first else { return Backlog(count: 0, oldestAge: .zero) }
      let (count, age): (Int64, Int64) = (try row.decode(at: 0), try row.decode(at: 1))
      return Backlog(count: Int(count), oldestAge: .microseconds(max(age, 0)))
    }
  }

  private func write(_ events: [Event], _ settlements: [Settlement]) throws(PostgreSQLError) {
    guard !events.isEmpty else { return }
    let pairs = zip(events, settlements)
    let published = pairs.filter { $0.1 == .published }.map(\.0)
    _ = try connection.update(
      """
      DELETE FROM billing.event_outbox o USING unnest(\(published.map(\.company)), \(published.map(\.id))) AS p (c, e)
      WHERE o.company_id = p.c AND o.event_id = p.e
      """)
    for (event, settlement) in pairs {
      guard case .kept(let problem) = settlement else { continue }
      // From one second, doubling, to five minutes.
      _ = try connection.update(
        """
        UPDATE billing.event_outbox SET attempts = attempts + 1, problem = \(problem),
          next_attempt_at = now() + least(interval '5 minutes', interval '1 second' * 2 ^ least(attempts, 12))
        WHERE company_id = \(event.company) AND event_id = \(event.id)
        """)
    }
  }
}
