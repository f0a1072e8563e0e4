import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Outbox

@Suite("Claiming", .enabled(if: TestDatabase.isAvailable))
struct ClaimTests {
  @Test("a claim has the oldest entry with what sending it needs, and counts the attempt before anything is sent")
  func claim() throws {
    let world = try World("comp-1")
    let sendBefore = World.now.adding(days: 10_000)
    let ids = try world.write("comp-1", .event(value: 7), .event(value: 8, minute: 1), sendBefore: sendBefore)
    var claims = try world.claims()
    let claim = try #require(try claims.claim(keys: 10).first)
    #expect(claim.company.text == "comp-1")
    #expect(claim.orderingKey.text == "meter:order")
    #expect(claim.stripeCustomer?.text == "cus_comp_1")
    #expect(claim.stripeSubscription?.text == "sub_1")
    #expect(claim.leaseEnds - claim.claimedAt == .seconds(60))
    let entry = try #require(claim.entries.first)
    #expect(claim.entries.count == 1)
    #expect(entry.id == ids[0])
    #expect(try entry.effect == .event(value: 7))
    #expect((entry.attempts, entry.keyGeneration) == (1, 0))
    #expect(entry.firstAttemptAt == nil)
    #expect(entry.sendBefore == sendBefore)
    #expect(try world.entry(ids[0]) == "q 1 0 perhaps")
    #expect(try world.entry(ids[1]) == "q 0 0 never")
    #expect(try claims.claim(keys: 10).isEmpty)
  }

  @Test("a meter gives as many entries as wanted at once, in order; items are claimed one by one")
  func several() throws {
    let world = try World("comp-1")
    let events = try (0..<5).map { try Effect.event(minute: $0) }
    let ids = try world.write("comp-1", events[0], events[1], events[2], events[3], events[4], .item(), .item())
    var claims = try world.claims()
    let claimed = try claims.claim(keys: 10, entriesPerMeter: 3)
    let byKey = Dictionary(uniqueKeysWithValues: claimed.map { ($0.orderingKey.text, $0.entries.map(\.id)) })
    #expect(byKey == ["meter:order": Array(ids[0..<3]), "items": [ids[5]]])
  }

  @Test("a lease that ended is leased anew, with the attempt of whoever had it")
  func lapsed() throws {
    let world = try World("comp-1")
    try world.write("comp-1", .event())
    var first = try world.claims(lease: .zero)
    var second = try world.claims()
    let lost = try #require(try first.claim(keys: 1).first)
    let claim = try #require(try second.claim(keys: 1).first)
    #expect(claim.token > lost.token)
    let entry = try #require(claim.entries.first)
    #expect(entry.attempts == 2)
    #expect(entry.firstAttemptAt != nil)
  }

  @Test("every company has its turn, whatever stands in front")
  func fairness() throws {
    let world = try World("comp-1")
    // So many entries, and of one sequence.
    try world.eye.begin()
    _ = try World.write("comp-1", try (0..<500).map { try .event(minute: $0) }, on: world.eye)
    try world.eye.commit()
    for number in 2...9 {
      try world.add("comp-\(number)")
      try world.write("comp-\(number)", .event())
    }
    var claims = try world.claims()
    var seen: [String] = []
    for _ in 0..<9 {
      let claimed = try claims.claim(keys: 1)
      seen += claimed.map(\.company.text)
      try claims.settle(claimed, .retryLater(after: .zero, problem: Problem("test")))
    }
    #expect(Set(seen).count == 9)
  }

  @Test("a delayed sequence waits out its delay, and then goes on by itself")
  func delayed() throws {
    let world = try World("comp-1")
    let ids = try world.write("comp-1", .event())
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), .retryLater(after: .seconds(3600), problem: Problem("limited")))
    #expect(try world.state("comp-1") == "d")
    #expect(try world.entry(ids[0]) == "q 1 0 limited perhaps")
    #expect(try claims.claim(keys: 1).isEmpty)
    try world.eye.execute("UPDATE billing.outbox_keys SET due_at = now()")
    #expect(try claims.claim(keys: 1).count == 1)
  }

  @Test("a claim whose COMMIT was lost leaves a lease that ends, and nothing else")
  func lostCommit() throws {
    let world = try World("comp-1")
    try world.write("comp-1", .event())
    var dying = try world.claims(lease: .milliseconds(1), failpoints: "outbox.before_claim_commit=cut")
    #expect(throws: OutboxError.self) { try dying.claim(keys: 1) }
    var claims = try world.claims()
    try eventually("the lease ends") { try claims.claim(keys: 1).count == 1 }
  }

  @Test("claims touch as much with 100,000 sequences waiting as with 1,000, or 100,000 entries in front, dead ones too")
  func flat() throws {
    let small = try Self.blocks(sequences: 1000, inFront: 0)
    let large = try Self.blocks(sequences: 100_000, inFront: 0)
    let front = try Self.blocks(sequences: 1000, inFront: 100_000)
    let dead = try Self.blocks(sequences: 1000, inFront: 100_000, state: "x")
    #expect(Double(large) <= Double(small) * 1.5)
    #expect(Double(front) <= Double(small) * 1.5)
    #expect(Double(dead) <= Double(small) * 1.5)
  }

  /// How many blocks of tables and indexes a claim of 200 sequences and its settling touch.
  private static func blocks(sequences: Int, inFront: Int, state: String = "q") throws -> Int {
    let world = try World("comp-0")
    // Plans are made, and kept, while there is next to nothing.
    try world.write("comp-0", .event())
    var claims = try OutboxClaims(world.session(), lease: .seconds(60))
    try claims.settle(try claims.claim(keys: 200), .retryLater(after: .zero, problem: Problem("test")))
    try world.eye.execute(
      """
      INSERT INTO billing.companies (company_id, registered_at, plan_id, currency, stripe_mode, stripe_customer,
        stripe_subscription, stripe_subscription_checked, version)
      SELECT 'comp-' || n, now(), 'standard', 'usd', 'live', 'cus_' || n, 'sub_1', 'sub_1', 1
      FROM generate_series(1, \(sequences)) n;
      INSERT INTO billing.stripe_subscription_meters SELECT 'comp-' || n, 'sub_1', 'order', 'price_1'
      FROM generate_series(1, \(sequences)) n;
      INSERT INTO billing.outbox_keys (company_id, ordering_key) SELECT 'comp-' || n, 'meter:order'
      FROM generate_series(1, \(sequences)) n
      """)
    let document = try Effect.event().document
    for (count, company, state) in [(inFront, "'comp-0'", state), (sequences, "'comp-' || n", "q")] {
      try world.eye.execute(
        """
        INSERT INTO billing.outbox_entries (entry_id, company_id, ordering_key, kind, effect, state)
        SELECT gen_random_uuid(), \(company), 'meter:order', 'meter_event', '\(document)', '\(state)'
        FROM generate_series(1, \(count)) n
        """)
    }
    try world.write("comp-0", .event(minute: 1))
    let connection = claims.connection
    try claims.settle(try claims.claim(keys: 200), .retryLater(after: .zero, problem: Problem("test")))
    let before = try touched(connection, world)
    let claimed = try claims.claim(keys: 200)
    #expect(claimed.count == 200)
    try claims.settle(claimed, .delivered(reference: nil))
    return try touched(connection, world) - before
  }

  private static func touched(_ connection: Connection, _ world: World) throws -> Int {
    try connection.execute("SELECT pg_stat_force_next_flush()")
    try connection.execute("SELECT 1")
    return try world.number(
      """
      SELECT sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0))::bigint
      FROM pg_statio_user_tables WHERE relname LIKE 'outbox%' OR relname IN ('companies', 'stripe_subscription_meters')
      """)
  }
}
