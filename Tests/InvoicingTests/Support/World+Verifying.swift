import Billing
import Invoicing
import Ledger
import PostgreSQL
import TestSupport
import Testing

extension World {
  /// As `verify` does it: what was found, one text each: `kind company metric place: stored, expected`.
  func verify(full: Bool = false) throws -> [String] { try verification(full: full).differences.map(Self.text) }

  func verification(full: Bool = false) throws -> VerificationReport {
    try Verification(.forLedger(database.configuration), isFull: full, parts: [ChainVerification()]).run()
  }

  /// With `#` for ids, which are random.
  static func text(_ difference: Difference) -> String {
    let cells = difference.cells
    let words = [difference.kind, difference.company?.text ?? "", cells.metric, cells.place].filter { !$0.isEmpty }
    return "\(words.joined(separator: " ")): \(cells.stored), \(cells.recomputed)"
      .replacing(#/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/#, with: "#")
  }

  /// Moves entries to the history, as delivered.
  func settle(_ condition: String) throws {
    try eye.execute(
      """
      SELECT billing.ensure_outbox_month(date_trunc('month', now() AT TIME ZONE 'UTC')::date);
      WITH gone AS (DELETE FROM billing.outbox_entries WHERE \(condition) RETURNING *)
      INSERT INTO billing.outbox_history (created_at, entry_no, entry_id, attempts, key_generation, outcome, company_id,
        ordering_key, kind, effect, send_before)
      SELECT created_at, entry_no, entry_id, 1, 0, 'd', company_id, ordering_key, kind, effect, send_before FROM gone
      """)
  }

  /// A charge of a company's, as the order worker writes it.
  func charge(_ id: String, _ kind: String, cents: Int64, currency: String = "usd", at time: String) throws {
    _ = try eye.update(
      """
      INSERT INTO billing.charges (company_id, surrogate, kind, currency, minor_units, occurred_at)
      VALUES (\(id), gen_random_uuid(), \(kind), \(currency), \(cents), \(try instant(time)))
      """)
  }

  /// The tests' catalog with scans itemized.
  static var itemizing: String {
    catalog.replacing(
      #"{"metric": "scan", "model": "per_unit", "unitPrice": "2.00", "#,
      with: #"{"metric": "scan", "itemize": true, "model": "per_unit", "unitPrice": "2.00", "#)
  }

  /// Two months of three companies: one of them Stripe knows nothing of, for one we make the invoices at Stripe, one is
  /// subscribed. Every aggregation, quotas, subjects, charges, late
  /// usage and voids, meter events and items; January and February are closed.
  ///
  /// - Parameter verified: has been found right before.
  static func billed(verified: Bool = false) throws -> World {
    try World((verified ? verifiedMonths : billedMonths).get().copy())
  }

  private static let billedMonths = Result { try billMonths() }

  private static let verifiedMonths = Result {
    let world = try billed()
    try #require(try world.verify() == [])
    return world.database
  }

  private static func billMonths() throws -> TestDatabase {
    let world = try World()
    try world.apply(itemizing)
    let ids = ["quiet", "subscribed", "told"]
    try world.register("told", subscribed: false)
    try world.register("subscribed") { $0.stripeSubscriptionStart = try day("2025-01-01") }
    try world.register("quiet", mode: .off)
    for id in ids {
      try world.use(id, "order", "1250", at: "2025-01-10T08:00:00Z", usage: "o1")
      try world.use(id, "assessment", "60", at: "2025-01-10T08:00:00Z", usage: "a1")
      try world.use(id, "call", "9", at: "2025-01-10T08:00:00Z", usage: "c1")
      try world.use(id, "peak", "5", at: "2025-01-11T08:00:00Z", usage: "p1")
      try world.use(id, "peak", "4", at: "2025-01-10T08:00:00Z", usage: "p0")
      try world.use(id, "level", "7", at: "2025-01-10T08:00:00Z", usage: "l1")
      try world.use(id, "people", at: "2025-01-10T08:00:00Z", usage: "v1", person: 1)
      try world.use(id, "people", at: "2025-01-11T08:00:00Z", usage: "v2", person: 2)
      for (number, person) in [1, 2, 1, 3].enumerated() {
        try world.use(id, "scan", "1", at: "2025-01-1\(number)T08:00:00Z", usage: "s\(number)", person: UInt8(person))
      }
      try world.charge(id, "credit", cents: -500, at: "2025-01-20T08:00:00Z")
    }
    try world.report("2025-01-25T00:00:00Z")
    try world.settle("kind = 'meter_event' AND ordering_key = 'meter:order'")
    try world.close("2025-02-01T01:00:00Z")
    for id in ids {
      try world.use(id, "order", "50", at: "2025-01-30T08:00:00Z", usage: "o2")
      try world.use(id, "order", "8", at: "2025-02-10T08:00:00Z", usage: "o3")
      try world.use(id, "peak", "3", at: "2025-01-12T08:00:00Z", usage: "p2")
      try world.void(id, "p1", at: "2025-01-11T08:00:00Z")
      try world.void(id, "s1", at: "2025-01-11T08:00:00Z")
      try world.use(id, "level", "2", at: "2025-01-30T08:00:00Z", usage: "l2")
      try world.use(id, "people", at: "2025-01-30T08:00:00Z", usage: "v3", person: 3)
    }
    try world.report("2025-02-20T00:00:00Z")
    // As soon as the grace is over: the subscription's last event may still be sent.
    try world.close("2025-03-01T00:30:00Z")
    return world.database
  }
}
