import Billing
import PostgreSQL
import Storage

/// What the outbox holds, and held, for companies: to be compared with the books whose entries they are.
public struct OutboxBooks {
  /// An entry that is no meter event.
  public struct Entry: Sendable {
    public let company: CompanyID
    public let id: EntryID
    /// `nil` when it cannot be read.
    public let effect: Effect?
    public let isSettled: Bool
  }

  /// What meter events bring, or are to bring, to a company's meter for a period. Those that were converted, or that
  /// others took the place of, are not in it.
  public struct Reported: Sendable {
    public let company: CompanyID
    public let metric: MetricName
    public let periodStart: CivilDate
    public let quantity: Quantity
    /// Whether all of them are settled.
    public let isSettled: Bool
  }

  private let connection: Connection
  private let effects: EffectReader

  public init(_ connection: Connection) throws(OutboxError) {
    self.connection = connection
    effects = try database { () throws(PostgreSQLError) in try EffectReader() }
  }

  /// What was settled before it may be gone; `nil`: everything is there.
  public func droppedBefore() throws(OutboxError) -> Instant? {
    try database { () throws(PostgreSQLError) in
      try connection.query("SELECT settled_before FROM billing.outbox_history_dropped").first?.decode(at: 0)
    }
  }

  /// Invoice items and finalizations, waiting or settled since a moment.
  public func entries(of companies: [CompanyID], since: Instant) throws(OutboxError) -> [Entry] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT company_id, entry_id, kind, effect, false FROM billing.outbox_entries
        WHERE company_id = ANY (\(companies)) AND ordering_key = \(OrderingKey.items)
        UNION ALL
        SELECT company_id, entry_id, kind, effect, true FROM billing.outbox_history
        WHERE company_id = ANY (\(companies)) AND ordering_key = \(OrderingKey.items) AND settled_at >= \(since)
        """)
      var entries: [Entry] = []
      for row in rows {
        let effect = effects.readable(try row.decode(at: 2), try row.decode(at: 3))
        entries.append(
          Entry(
            company: try row.decode(at: 0), id: try row.decode(at: 1), effect: effect, isSettled: try row.decode(at: 4))
        )
      }
      return entries
    }
  }

  /// Sums of meter events, waiting or settled since a moment.
  public func reported(of companies: [CompanyID], since: Instant) throws(OutboxError) -> [Reported] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT e.company_id, e.effect::json ->> 'metric', (e.effect::json ->> 'periodStart')::date,
          sum((e.effect::json ->> 'value')::numeric), bool_and(e.is_settled)
        FROM (
          SELECT company_id, effect, false AS is_settled FROM billing.outbox_entries
          WHERE company_id = ANY (\(companies)) AND kind = 'meter_event'
          UNION ALL
          SELECT company_id, effect, true FROM billing.outbox_history
          WHERE company_id = ANY (\(companies)) AND kind = 'meter_event' AND outcome NOT IN ('c', 'r')
            AND settled_at >= \(since)) AS e
        GROUP BY 1, 2, 3
        """)
      return try rows.map { row throws(PostgreSQLError) in
        Reported(
          company: try row.decode(at: 0), metric: try row.decode(at: 1), periodStart: try row.decode(at: 2),
          quantity: try row.decode(at: 3), isSettled: try row.decode(at: 4))
      }
    }
  }
}
