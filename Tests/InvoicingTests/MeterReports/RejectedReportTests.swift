import Billing
import Invoicing
import Outbox
import PostgreSQL
import TestSupport
import Testing

@Suite("Reports that Stripe rejected after it had taken them", .enabled(if: TestDatabase.isAvailable))
struct RejectedReportTests {
  private static func now(_ world: World) throws -> Instant {
    try world.eye.query("SELECT now()").one().decode(at: 0)
  }

  /// All reports so far pass for delivered; then Stripe says that the last one does not count.
  private static func reject(
    _ world: World, _ value: String, on today: String = "2025-01-12T09:30:00Z"
  ) throws -> EntryID {
    try world.settle("kind = 'meter_event'")
    try world.eye.execute("UPDATE billing.outbox_history SET last_attempt_at = now(), first_attempt_at = now()")
    let text = try world.texts(
      "SELECT entry_id::text FROM billing.outbox_history WHERE effect::json ->> 'value' = \(value)")
    let id = try #require(text.first.flatMap { EntryID($0) })
    let now = try now(world)
    var random = SystemRandomNumberGenerator()
    let taking = try Rejections(world.eye).take(
      RejectionReport(
        event: try #require(RemoteID("evt_1")), createdAt: now, meter: RemoteID("mtr_1"), window: now...now,
        kinds: [RejectionReport.Kind(Problem("archived_meter"), events: 1, named: [id])]),
      now: try #require(Instant(today)), using: &random)
    #expect(taking == .taken(.init(reopened: 1)))
    return try #require(OutboxReader(world.eye).show(id).state.successor)
  }

  private static func retry(_ world: World, _ id: EntryID) throws {
    try world.eye.begin()
    try OutboxAdministration(world.eye).retry(id)
    try world.eye.commit()
  }

  @Test("the books stay as they are: nothing is told again by itself, and verify finds nothing, whatever becomes of it")
  func books() throws {
    let world = try World("acme")
    try world.use("acme", "order", "30", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    try world.use("acme", "order", "12", at: "2025-01-12T08:00:00Z")
    try world.report("2025-01-12T09:00:00Z")
    let successor = try Self.reject(world, "12")
    #expect(try world.account("acme") == "42/0/0")
    #expect(try world.events("acme") == ["order 12 2025-01-12T09:00:00Z"])
    #expect(try world.report("2025-01-12T10:00:00Z").isIdle)
    #expect(try world.verify() == [])
    // More usage is told beside it, in a minute of its own.
    try world.use("acme", "order", "3", at: "2025-01-13T08:00:00Z")
    try world.report("2025-01-13T09:00:00Z")
    #expect(try world.account("acme") == "45/0/0")
    try Self.retry(world, successor)
    #expect(try world.verify() == [])
    try world.settle("kind = 'meter_event'")
    #expect(try world.verify() == [])
    #expect(try world.account("acme") == "45/0/0")
  }

  /// What a person did with it before the period's invoice at Stripe was final.
  enum Before: CaseIterable { case nothing, retried, rejectedLater }

  @Test(
    "when the period's invoice at Stripe is final, it becomes an invoice item, once, with the right quota",
    arguments: Before.allCases)
  func finalPeriod(_ before: Before) throws {
    let world = try World("acme")
    try world.use("acme", "assessment", "45", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    try world.use("acme", "assessment", "15", at: "2025-01-12T08:00:00Z")
    try world.report("2025-01-12T09:00:00Z")
    let successor = try Self.reject(
      world, "15", on: before == .rejectedLater ? "2025-02-01T01:01:30Z" : "2025-01-12T09:30:00Z")
    if before == .retried { try Self.retry(world, successor) }
    let pass = try world.report("2025-02-01T01:02:00Z")
    #expect(pass.converted == 1 && pass.items == 1 && pass.reports == 0)
    #expect(try world.items("acme") == ["assessment 15 2025-01-01: 10000 usd converted"])
    #expect(try world.account("acme", "assessment") == "45/15/10000")
    for _ in 0..<3 { #expect(try world.report("2025-02-01T01:03:00Z").isIdle) }
    #expect(try world.verify() == [])
  }

  @Test("of a company that has no subscription any more, closing brings it onto the period's invoice, once")
  func unsubscribed() throws {
    let world = try World("acme")
    try world.use("acme", "assessment", "45", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    try world.use("acme", "assessment", "15", at: "2025-01-12T08:00:00Z")
    try world.report("2025-01-12T09:00:00Z")
    _ = try Self.reject(world, "15")
    let summary = try world.settleMeters("acme", at: "2025-01-31T00:00:00Z")
    #expect(summary.items == 1 && summary.converted == 1)
    #expect(try world.account("acme", "assessment") == "45/15/10000")
    #expect(try world.settleMeters("acme").isIdle)
    #expect(try world.report("2025-02-01T01:02:00Z").isIdle)
  }

  @Test("discarded by a person, it counts as reported, as every discarded one does")
  func discarded() throws {
    let world = try World("acme")
    try world.use("acme", "order", "30", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    let successor = try Self.reject(world, "30")
    try world.eye.begin()
    try OutboxAdministration(world.eye).discard(successor, reason: "goodwill", by: "tests")
    try world.eye.commit()
    #expect(try world.account("acme") == "30/0/0")
    #expect(try world.verify() == [])
    #expect(try world.report("2025-01-10T10:00:00Z").isIdle)
  }
}
