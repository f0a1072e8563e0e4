import Billing
import PostgreSQL
import Storage

/// Meter events that their meter can no longer take, and of which nothing has arrived: they are billed in another way.
/// Dead ones are among them if they were never sent: those that took the place of others that Stripe rejected later.
/// Everything happens within the caller's transaction, that of the entries which bill them instead.
public struct OverdueMeterEntries {
  public struct Entry: Hashable, Sendable {
    public let company: CompanyID
    public let entryNumber: Int64
    public let id: EntryID
    public let event: MeterEvent

    var key: SequenceKey { SequenceKey(company, .meter(event.metric)) }
  }

  /// An entry to be billed in another way.
  public struct Conversion: Hashable, Sendable {
    public let entry: Entry
    /// The entry that bills it; `nil` when it comes to nothing.
    public let successor: EntryID?

    public init(entry: Entry, into successor: EntryID?) {
      self.entry = entry
      self.successor = successor
    }
  }

  /// Which entries are meant, besides those that expired.
  public enum Scope: Hashable, Sendable {
    /// Those whose time is over, as far as nothing of them was sent.
    case overdue
    /// All of which nothing was sent: the company has no subscription that they could be billed by.
    case unsent

    fileprivate var depth: Int64 { self == .unsent ? OverdueMeterEntries.unsentDepth : OverdueMeterEntries.depth }
  }

  /// So many entries at the front of a sequence are looked at: those of a period come in the order of their times.
  private static let depth: Int64 = 1000
  /// Of those that nobody will send: a report in each minute of a month.
  private static let unsentDepth: Int64 = 45_000

  private let connection: Connection
  private let effects: EffectReader

  public init(_ connection: Connection) throws(OutboxError) {
    self.connection = connection
    effects = try database { () throws(PostgreSQLError) in try EffectReader() }
  }

  /// What expired, and what waits (held, dead, say) and was never sent. Nothing is locked; another may have them by the next
  /// statement.
  public func find(
    _ companies: [CompanyID], now: Instant, _ scope: (CompanyID) -> Scope = { _ in .overdue }
  ) throws(OutboxError) -> [Entry] {
    let scopes = companies.map(scope)
    return try database { () throws(PostgreSQLError) in
      try entries(
        """
        SELECT n.company_id, e.entry_no, e.entry_id, e.kind, e.effect
        FROM unnest(\(companies), \(scopes.map { $0 == .unsent }), \(scopes.map(\.depth)))
          AS n (company_id, is_unsent, depth)
        CROSS JOIN LATERAL (
          (SELECT entry_no, entry_id, kind, effect FROM billing.outbox_entries
            WHERE company_id = n.company_id AND state <> 'q'
              AND (state = 'e'
                OR (state = 'x' AND kind = 'meter_event' AND attempts = 0 AND first_attempt_at IS NULL
                  AND last_attempt_at IS NULL AND (n.is_unsent OR send_before < \(now))))
            ORDER BY entry_no LIMIT n.depth)
          UNION ALL
          (SELECT q.entry_no, q.entry_id, q.kind, q.effect FROM billing.outbox_keys k
            CROSS JOIN LATERAL (
              SELECT * FROM billing.outbox_entries
              WHERE company_id = k.company_id AND ordering_key = k.ordering_key AND state = 'q'
              ORDER BY entry_no LIMIT n.depth) AS q
            WHERE k.company_id = n.company_id AND k.ordering_key > 'meter:' AND k.state <> 'i'
              AND k.lease_until < now() AND q.first_attempt_at IS NULL
              AND (n.is_unsent OR q.send_before < \(now)))) AS e
        """)
    }
  }

  /// Locks the sequences, those of the companies' items first, and answers which of the entries are still to be converted.
  /// Entries that somebody is sending are left out.
  public func lock(
    _ entries: [Entry], now: Instant, _ scope: (CompanyID) -> Scope = { _ in .overdue }
  ) throws(OutboxError) -> [Entry] {
    guard !entries.isEmpty else { return [] }
    let keys = Set(entries.flatMap { [$0.key, SequenceKey($0.company, .items)] }).sorted()
    return try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT n.place FROM unnest(\(keys.map(\.company)), \(keys.map(\.orderingKey)))
          WITH ORDINALITY AS n (company_id, ordering_key, place)
        CROSS JOIN LATERAL (
          SELECT lease_until FROM billing.outbox_keys
          WHERE company_id = n.company_id AND ordering_key = n.ordering_key LIMIT 1 FOR UPDATE) AS k
        WHERE k.lease_until < now()
        """)
      var free: Set<SequenceKey> = []
      for row in rows { free.insert(keys[Int(try row.decode(Int64.self, at: 0)) - 1]) }
      let ours = entries.filter { free.contains($0.key) }
      let isUnsent = ours.map { scope($0.company) == .unsent }
      // By what is there now that nobody can change it.
      return try self.entries(
        """
        SELECT e.company_id, e.entry_no, e.entry_id, e.kind, e.effect
        FROM unnest(\(ours.map(\.company)), \(ours.map(\.key.orderingKey)), \(ours.map(\.entryNumber)), \(isUnsent))
          AS n (company_id, ordering_key, entry_no, is_unsent)
        CROSS JOIN LATERAL (
          SELECT * FROM billing.outbox_entries
          WHERE company_id = n.company_id AND ordering_key = n.ordering_key AND entry_no = n.entry_no LIMIT 1) AS e
        WHERE e.state = 'e'
          OR (e.first_attempt_at IS NULL
            AND (e.state = 'q' OR (e.state = 'x' AND e.attempts = 0 AND e.last_attempt_at IS NULL))
            AND (n.is_unsent OR e.send_before < \(now)))
        """)
    }
  }

  /// Moves entries that `lock` has answered in this transaction to the history. Several may have one successor.
  public func settle(_ conversions: [Conversion]) throws(OutboxError) {
    guard !conversions.isEmpty else { return }
    var months = OutboxHistory.Months()
    try months.ensure(on: connection)
    try database { () throws(PostgreSQLError) in
      let departure = Departure(connection: connection)
      try departure.convert(conversions)
      try departure.endLeases(of: Set(conversions.map(\.entry.key)).sorted())
    }
  }

  private func entries(_ sql: SQL) throws(PostgreSQLError) -> [Entry] {
    var entries: [Entry] = []
    for row in try connection.query(sql) {
      guard case .meterEvent(let event) = try effects.effect(try row.decode(at: 3), try row.decode(at: 4)) else {
        continue
      }
      entries.append(
        Entry(
          company: try row.decode(at: 0), entryNumber: try row.decode(at: 1), id: try row.decode(at: 2), event: event))
    }
    return entries
  }
}
