import Billing
import PostgreSQL
import Storage

/// Meter events that Stripe does not count, and does not name: where they may be among the entries delivered at the time.
public struct UnnamedRejections {
  /// What is looked for at once: of one meter, within a few hours.
  public struct Group: Hashable, Sendable {
    /// `nil`: not known, so that nothing can be looked for.
    public let meter: RemoteID?
    /// How many are missing.
    public let events: Int64
    /// All of them for want of the customer.
    public var lackCustomers: Bool { problem?.code == "meter_event_customer_not_found" }

    let start: Instant
    let end: Instant
    /// Why, if all have one reason.
    let problem: Problem?
  }

  /// An entry that may be one of them.
  public struct Candidate: Hashable, Sendable {
    public let id: EntryID
    public let event: MeterEvent
    public let customer: RemoteID
  }

  /// Rows within so much time are one group; clocks differ by so much at most; summaries lag by so much at most.
  private static let hour: Int64 = 3600
  /// Stripe is asked about so many at most.
  private static let mostCandidates = 10_000
  /// Entries opened again in one transaction.
  private static let portion = 100

  private let connection: Connection
  private let effects: EffectReader

  public init(_ connection: Connection) throws(OutboxError) {
    self.connection = connection
    effects = try database { () throws(PostgreSQLError) in try EffectReader() }
  }

  /// The oldest that were not looked for, once the summaries show what was sent at the time; `nil` when there are none.
  public func next(now: Instant) throws(OutboxError) -> Group? {
    try database { () throws(PostgreSQLError) in
      let row = try connection.query(
        """
        WITH due AS (
          SELECT * FROM billing.stripe_rejections
          WHERE unnamed > 0 AND searched_at IS NULL AND window_end < \(now.adding(seconds: -2 * Self.hour))),
        oldest AS (SELECT meter, window_end FROM due ORDER BY window_end LIMIT 1)
        SELECT d.meter, sum(d.unnamed)::bigint, min(d.window_start), max(d.window_end),
          CASE WHEN count(DISTINCT d.code) = 1 THEN min(d.code) END
        FROM due d CROSS JOIN oldest o
        WHERE d.meter IS NOT DISTINCT FROM o.meter AND d.window_end <= o.window_end + interval '1 hour'
        GROUP BY 1
        """
      ).first
      return try row.map { row throws(PostgreSQLError) in
        Group(
          meter: try row.decode(at: 0), events: try row.decode(at: 1), start: try row.decode(at: 2),
          end: try row.decode(at: 3), problem: try row.decode(at: 4))
      }
    }
  }

  /// Entries that were sent at the time and passed for delivered; `nil` when there are too many to ask for.
  public func candidates(_ group: Group, metric: MetricName) throws(OutboxError) -> [Candidate]? {
    let (start, end) = (group.start.adding(seconds: -Self.hour), group.end.adding(seconds: Self.hour))
    return try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT h.entry_id, h.kind, h.effect, c.stripe_customer
        FROM billing.outbox_history h JOIN billing.companies c USING (company_id)
        WHERE h.settled_at >= \(start) AND h.last_attempt_at BETWEEN \(start) AND \(end)
          AND h.ordering_key = \(OrderingKey.meter(metric)) AND h.outcome IN ('d', 'b')
        ORDER BY h.entry_no LIMIT \(Self.mostCandidates + 1)
        """)
      guard rows.count <= Self.mostCandidates else { return nil }
      var candidates: [Candidate] = []
      for row in rows {
        guard case .meterEvent(let event)? = effects.readable(try row.decode(at: 1), try row.decode(at: 2)),
          let customer = try row.decode(String?.self, at: 3).flatMap({ RemoteID($0) })
        else { continue }
        candidates.append(Candidate(id: try row.decode(at: 0), event: event, customer: customer))
      }
      return candidates
    }
  }

  /// Opens entries again whose minute is empty at Stripe, and ends the search for the group.
  ///
  /// As many as Stripe has not named: they are those, and dead. Any other number leaves a doubt (the company may have had
  /// another customer then), and a person is asked.
  ///
  /// - Returns: how many entries were opened again, and of how many events nobody knows which they are.
  public func settle(
    _ group: Group, lost: [EntryID], now: Instant, using generator: inout some RandomNumberGenerator
  ) throws(OutboxError) -> (reopened: Int, unfound: Int64) {
    var months = OutboxHistory.Months()
    try months.ensure(on: connection)
    let state: Reopening.State = Int64(lost.count) == group.events ? .dead : .unknown
    var (reopened, start) = (0, 0)
    while start < lost.count {
      let some = Array(lost[start..<min(start + Self.portion, lost.count)])
      start += some.count
      var random = generator
      reopened += try inTransaction(connection) { () throws(PostgreSQLError) in
        try reopen(some, of: group, state, now: now, using: &random)
      }
      generator = random
    }
    let unfound = try database { () throws(PostgreSQLError) in
      var left: Int64 = 0
      let rows = try connection.query(
        """
        UPDATE billing.stripe_rejections SET searched_at = \(now)
        WHERE unnamed > 0 AND searched_at IS NULL AND meter IS NOT DISTINCT FROM \(group.meter)
          AND window_end BETWEEN \(group.start) AND \(group.end)
        RETURNING unnamed
        """)
      for row in rows { left += try row.decode(Int64.self, at: 0) }
      return left
    }
    return (reopened, unfound)
  }

  private func reopen(
    _ lost: [EntryID], of group: Group, _ state: Reopening.State, now: Instant,
    using generator: inout some RandomNumberGenerator
  ) throws(PostgreSQLError) -> Int {
    let reopening = Reopening(connection: connection)
    let sent = try reopening.lock(lost)
    var reopened = 0
    for id in lost {
      // Not one that somebody has opened again, and is sending, since.
      guard let entry = sent[id], case .settled = entry.place, entry.canBeReopened else { continue }
      let problem = group.problem ?? Problem("meter_event_rejected")
      try reopening.reopen(entry, as: EntryID(now: now, using: &generator), state, problem)
      reopened += 1
    }
    // The oldest first.
    _ = try connection.update(
      """
      UPDATE billing.stripe_rejections AS r
      SET unnamed = r.unnamed - f.taken, reopened = r.reopened + f.taken
      FROM (
        SELECT event_id, code,
          greatest(0, least(unnamed, \(Int64(reopened)) - sum(unnamed) OVER w + unnamed)) AS taken
        FROM billing.stripe_rejections
        WHERE unnamed > 0 AND searched_at IS NULL AND meter IS NOT DISTINCT FROM \(group.meter)
          AND window_end BETWEEN \(group.start) AND \(group.end)
        WINDOW w AS (ORDER BY window_end, event_id, code)) AS f
      WHERE r.event_id = f.event_id AND r.code = f.code
      """)
    return reopened
  }
}
