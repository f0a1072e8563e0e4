import Billing
import PostgreSQL
import Storage

/// Reads the heads of leased sequences, and what decides whether they may be sent, in a statement of its own: by what is
/// committed after they were leased.
struct HeadReader {
  private let connection: Connection
  private let effects: EffectReader

  init(_ connection: Connection) throws(OutboxError) {
    self.connection = connection
    effects = try database { () throws(PostgreSQLError) in try EffectReader() }
  }

  func read(_ leases: [Lease], entriesPerMeter: Int) throws(PostgreSQLError) -> [Head] {
    guard !leases.isEmpty else { return [] }
    var heads: [Head] = []
    heads.reserveCapacity(leases.count)
    var position: Int64 = 0
    for row in try query(leases, entriesPerMeter: entriesPerMeter) {
      let current = try row.decode(Int64.self, at: 0)
      if current != position {
        position = current
        // Ordinality counts from 1.
        heads.append(Head(lease: leases[Int(current) - 1], facts: try Self.facts(row)))
      }
      try add(row, to: &heads[heads.count - 1])
    }
    try addReferences(to: &heads)
    return heads
  }

  private func query(_ leases: [Lease], entriesPerMeter: Int) throws(PostgreSQLError) -> Rows {
    let keys = leases.map(\.key)
    let metrics = keys.map { key in
      if case .meter(let metric) = key.orderingKey { return Optional(metric) }
      return nil
    }
    let limits = metrics.map { Int64($0 == nil ? 1 : max(1, entriesPerMeter)) }
    return try connection.query(
      """
      SELECT n.place, coalesce(c.registered_at IS NOT NULL, false), c.stripe_mode, p.here IS NOT NULL, c.stripe_customer,
        c.stripe_subscription, coalesce(c.stripe_subscription = c.stripe_subscription_checked, false),
        m.here IS NOT NULL, c.display_name, c.stripe_subscription_start,
        e.entry_no, e.entry_id, e.kind, e.effect, e.attempts, e.first_attempt_at, e.key_generation, e.send_before
      FROM unnest(\(keys.map(\.company)), \(keys.map(\.orderingKey)), \(metrics), \(limits)) WITH ORDINALITY
        AS n (company_id, ordering_key, metric, entries, place)
      LEFT JOIN LATERAL (
        SELECT registered_at, stripe_mode, stripe_customer, stripe_subscription, stripe_subscription_checked,
          stripe_subscription_start, display_name
        FROM billing.companies WHERE company_id = n.company_id LIMIT 1) AS c ON true
      LEFT JOIN LATERAL (
        SELECT 1 AS here FROM billing.outbox_pauses WHERE company_id = n.company_id LIMIT 1) AS p ON true
      LEFT JOIN LATERAL (
        SELECT 1 AS here FROM billing.stripe_subscription_meters
        WHERE company_id = n.company_id AND subscription = c.stripe_subscription AND metric = n.metric LIMIT 1
      ) AS m ON true
      LEFT JOIN LATERAL (
        SELECT entry_no, entry_id, kind, effect, attempts, first_attempt_at, key_generation, send_before
        FROM billing.outbox_entries
        WHERE company_id = n.company_id AND ordering_key = n.ordering_key AND state = 'q'
        ORDER BY entry_no LIMIT n.entries) AS e ON true
      ORDER BY n.place, e.entry_no
      """)
  }

  private static func facts(_ row: Row) throws(PostgreSQLError) -> CompanyFacts {
    guard let mode = CompanyFacts.Mode(rawValue: try row.decode(String?.self, at: 2) ?? "off") else {
      throw PostgreSQLError(.decoding, "a stored value is not a Stripe mode")
    }
    // What an operator has typed may be no name that Stripe gives; then there is none.
    return CompanyFacts(
      isRegistered: try row.decode(at: 1), mode: mode, isPaused: try row.decode(at: 3),
      customer: try row.decode(String?.self, at: 4).flatMap { RemoteID($0) },
      subscription: try row.decode(String?.self, at: 5).flatMap { RemoteID($0) },
      subscriptionStart: try row.decode(at: 9),
      isSubscriptionChecked: try row.decode(at: 6), hasMeterPrice: try row.decode(at: 7),
      displayName: try row.decode(at: 8))
  }

  /// An effect that cannot be read stops its own sequence, and nobody else's.
  private func add(_ row: Row, to head: inout Head) throws(PostgreSQLError) {
    guard let number = try row.decode(Int64?.self, at: 10), !head.isCutShort else { return }
    let (kind, document) = (try row.decode(String.self, at: 12), try row.decode(String.self, at: 13))
    guard let effect = effects.readable(kind, document) else {
      head.isCutShort = true
      return
    }
    head.entries.append(
      ClaimedEntry(
        entryNumber: number, id: try row.decode(at: 11), effect: effect,
        attempts: try row.decode(Int.self, at: 14) + 1, firstAttemptAt: try row.decode(at: 15),
        keyGeneration: try row.decode(at: 16), sendBefore: try row.decode(at: 17)))
  }

  private func addReferences(to heads: inout [Head]) throws(PostgreSQLError) {
    var wanted: [(position: Int, company: CompanyID, invoice: Int64)] = []
    for (position, head) in heads.enumerated() {
      if let invoice = head.entries.first?.effect.neededInvoice {
        wanted.append((position, head.lease.key.company, invoice.value))
      }
    }
    guard !wanted.isEmpty else { return }
    let rows = try connection.query(
      """
      SELECT n.place, r.reference, r.is_adopted
      FROM unnest(\(wanted.map(\.company)), \(wanted.map(\.invoice))) WITH ORDINALITY AS n (company_id, own_id, place)
      CROSS JOIN LATERAL (
        SELECT reference, is_adopted FROM billing.outbox_references
        WHERE company_id = n.company_id AND kind = 'invoice' AND own_id = n.own_id LIMIT 1) AS r
      """)
    for row in rows {
      heads[wanted[Int(try row.decode(Int64.self, at: 0)) - 1].position].invoiceReference =
        try OutboxReferences.decode(row, at: 1)
    }
  }
}
