import Billing
import PostgreSQL
import Storage

/// Meter events that their meter can no longer take, to be billed as invoice items instead. Everything happens within the
/// caller's transaction, that of the items.
public struct OutboxConversions {
  /// An entry to be billed in another way, and its successor.
  public struct Conversion: Hashable, Sendable {
    public let entryNumber: Int64
    public let successor: EntryID

    public init(entryNumber: Int64, successor: EntryID) {
      self.entryNumber = entryNumber
      self.successor = successor
    }
  }

  /// A meter event that came too late and of which nothing has arrived.
  public struct Candidate: Hashable, Sendable {
    public let entryNumber: Int64
    public let id: EntryID
    public let event: MeterEvent
  }

  private let connection: Connection
  private let effects: EffectReader

  public init(_ connection: Connection) throws(OutboxError) {
    self.connection = connection
    effects = try database { () throws(PostgreSQLError) in try EffectReader() }
  }

  /// Companies that may have something to convert, in order.
  public func companies(after company: CompanyID? = nil, limit: Int) throws(OutboxError) -> [CompanyID] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT company_id FROM (
          (SELECT DISTINCT company_id FROM billing.outbox_entries
            WHERE state <> 'q' AND state = 'e' AND company_id > \(company?.text ?? "")
            ORDER BY company_id LIMIT \(limit))
          UNION
          (SELECT DISTINCT k.company_id FROM billing.outbox_keys k
            CROSS JOIN LATERAL (
              SELECT send_before FROM billing.outbox_entries
              WHERE company_id = k.company_id AND ordering_key = k.ordering_key AND state = 'q'
              ORDER BY entry_no LIMIT 1) AS e
            WHERE k.state = 'h' AND k.company_id > \(company?.text ?? "") AND e.send_before < now()
            ORDER BY k.company_id LIMIT \(limit))) AS c
        ORDER BY company_id LIMIT \(limit)
        """)
      return try rows.map { row throws(PostgreSQLError) in try row.decode(CompanyID.self, at: 0) }
    }
  }

  /// Locks a company's sequences of items and meters, except those that somebody is sending from, and answers what is to be
  /// converted: what has expired, and what was held past its time without ever having been sent.
  public func candidates(of company: CompanyID, limit: Int) throws(OutboxError) -> [Candidate] {
    try database { () throws(PostgreSQLError) in
      // That of items comes first in the order of locks; the caller writes to it.
      _ = try connection.query(
        """
        SELECT 1 FROM billing.outbox_keys
        WHERE company_id = \(company) AND ordering_key = \(OrderingKey.items) FOR UPDATE
        """)
      let keys = try connection.query(
        """
        SELECT ordering_key FROM billing.outbox_keys
        WHERE company_id = \(company) AND ordering_key > 'meter:' AND lease_until < now()
        ORDER BY ordering_key FOR UPDATE SKIP LOCKED
        """
      ).map { row throws(PostgreSQLError) in try row.decode(OrderingKey.self, at: 0) }
      let rows = try connection.query(
        """
        SELECT entry_no, entry_id, kind, effect FROM (
          (SELECT entry_no, entry_id, kind, effect FROM billing.outbox_entries
            WHERE company_id = \(company) AND state <> 'q' AND state = 'e' AND ordering_key = ANY (\(keys))
            ORDER BY entry_no LIMIT \(limit))
          UNION ALL
          (SELECT e.entry_no, e.entry_id, e.kind, e.effect FROM unnest(\(keys)) AS n (ordering_key)
            CROSS JOIN LATERAL (
              SELECT * FROM billing.outbox_entries
              WHERE company_id = \(company) AND ordering_key = n.ordering_key AND state = 'q'
              ORDER BY entry_no LIMIT \(limit)) AS e
            WHERE e.send_before < now() AND e.first_attempt_at IS NULL)) AS c
        ORDER BY entry_no LIMIT \(limit)
        """)
      var candidates: [Candidate] = []
      for row in rows {
        guard case .meterEvent(let event) = try effects.effect(try row.decode(at: 2), try row.decode(at: 3)) else {
          continue
        }
        candidates.append(Candidate(entryNumber: try row.decode(at: 0), id: try row.decode(at: 1), event: event))
      }
      return candidates
    }
  }

  /// Settles candidates of this transaction as converted. Several may have one successor.
  public func convert(_ conversions: [Conversion], of company: CompanyID) throws(OutboxError) {
    guard !conversions.isEmpty else { return }
    var months = OutboxHistory.Months()
    try months.ensure(on: connection)
    try database { () throws(PostgreSQLError) in
      let departure = Departure(connection: connection)
      let keys = try connection.query(
        """
        SELECT DISTINCT e.ordering_key FROM unnest(\(conversions.map(\.entryNumber))) AS n (entry_no)
        CROSS JOIN LATERAL (
          SELECT ordering_key FROM billing.outbox_entries
          WHERE company_id = \(company) AND entry_no = n.entry_no LIMIT 1) AS e
        ORDER BY 1
        """
      ).map { row throws(PostgreSQLError) in SequenceKey(company, try row.decode(at: 0)) }
      try departure.convert(company, conversions.map(\.entryNumber), into: conversions.map(\.successor))
      try departure.endLeases(of: keys)
    }
  }
}
