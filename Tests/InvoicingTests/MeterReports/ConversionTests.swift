import Billing
import Invoicing
import Ledger
import Outbox
import PostgreSQL
import TestSupport
import Testing

@Suite("Usage that no meter takes any more", .enabled(if: TestDatabase.isAvailable))
struct ConversionTests {
  /// As the outbox worker leaves an entry that it may have sent: `u` unknown, `e` expired, `q` to be tried again.
  private static func putAside(_ world: World, _ state: String, isPerhapsSent: Bool) throws {
    _ = try world.eye.update(
      """
      UPDATE billing.outbox_entries SET state = \(state)::"char",
        first_attempt_at = CASE WHEN \(isPerhapsSent) THEN now() END
      """)
    if state != "q" { try world.eye.execute("UPDATE billing.outbox_keys SET state = 'i', hold = NULL, due_at = NULL") }
  }

  @Test("late usage is an item: the price of the new total less what the period was charged, once, falling totals too")
  func late() throws {
    let world = try World("acme")
    try world.use("acme", "assessment", "45", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-31T12:00:00Z")
    // 45 of 50 free ones are gone: of the 15 late ones ten cost something.
    try world.use("acme", "assessment", "15", at: "2025-01-11T08:00:00Z", usage: "late", now: "2025-02-03T00:00:00Z")
    try world.report("2025-02-03T01:00:00Z")
    for _ in 0..<3 { #expect(try world.report("2025-02-03T02:00:00Z").isIdle) }
    func settle(_ start: String, _ now: String) throws -> Int {
      try world.settleMeters("acme", start: start, invoice: 18, at: now, isSubscribed: true).items
    }
    #expect(try settle("2025-02-01", "2025-03-01T00:30:00Z") == 1)
    #expect(try settle("2025-02-01", "2025-03-01T00:30:00Z") == 0)
    try world.void("acme", "late", at: "2025-01-11T08:00:00Z")
    #expect(try world.report("2025-03-04T02:00:00Z").isIdle)
    #expect(try settle("2025-03-01", "2025-04-01T00:30:00Z") == 1)
    #expect(
      try world.items("acme") == [
        "assessment 15 2025-01-01: 10000 usd late", "assessment -15 2025-01-01: -10000 usd late",
      ])
    // The report of January was never sent, so that its 45 stand on the items' side by now, and cost nothing there.
    #expect(try world.account("acme", "assessment") == "0/45/0")
  }

  @Test("a line that comes to nothing is not sent, and what it stood for is settled all the same")
  func withinQuota() throws {
    let world = try World("acme")
    try world.use("acme", "assessment", "45", at: "2025-01-10T08:00:00Z", now: "2025-02-03T00:00:00Z")
    func settle(_ start: String, _ now: String) throws -> Int {
      try world.settleMeters("acme", start: start, at: now, isSubscribed: true).items
    }
    #expect(try settle("2025-02-01", "2025-03-01T00:30:00Z") == 0)
    #expect(try world.account("acme", "assessment") == "0/45/0")
    try world.use("acme", "assessment", "6", at: "2025-01-10T09:00:00Z", now: "2025-03-03T02:00:00Z")
    #expect(try settle("2025-03-01", "2025-04-01T00:30:00Z") == 1)
    #expect(try world.items("acme") == ["assessment 6 2025-01-01: 1000 usd late"])
  }

  @Test(
    "periods from before the subscription are items when they are closed, with the whole quota; later ones are metered")
  func subscriptionStart() throws {
    let world = try World()
    try world.register("acme") {
      $0.stripeSubscription = "sub_1"
      $0.stripeSubscriptionStart = try day("2025-02-01")
    }
    try world.use("acme", "assessment", "60", at: "2025-01-10T08:00:00Z")
    #expect(try world.report("2025-01-31T12:00:00Z").isIdle)
    #expect(try world.report("2025-02-01T00:10:00Z").waiting == 1)
    try world.use("acme", "assessment", "60", at: "2025-02-01T00:15:00Z")
    #expect(try world.settleMeters("acme").items == 1)
    let pass = try world.report("2025-02-01T00:30:00Z")
    #expect(pass.items == 0 && pass.reports == 1)
    #expect(try world.items("acme") == ["assessment 60 2025-01-01: 10000 usd usage"])
    #expect(try world.events("acme") == ["assessment 60 2025-02-01T00:30:00Z"])
  }

  @Test("an event held past its time becomes an item, once, whoever comes: quota and late usage together stay right")
  func held() throws {
    let world = try World("acme")
    try world.use("acme", "assessment", "30", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    try world.use("acme", "assessment", "30", at: "2025-01-12T08:00:00Z")
    try world.report("2025-01-12T09:00:00Z")
    try world.eye.execute("UPDATE billing.outbox_keys SET state = 'h', hold = 'no_subscription'")
    #expect(try world.report("2025-02-01T00:54:59Z").isIdle)
    let pass = try world.report("2025-02-01T01:01:00Z")
    #expect(pass.converted == 2 && pass.items == 1 && pass.reports == 0)
    #expect(try world.events("acme") == [])
    #expect(try world.items("acme") == ["assessment 60 2025-01-01: 10000 usd converted"])
    #expect(try world.account("acme", "assessment") == "0/60/10000")
    #expect(try world.report("2025-02-01T02:01:00Z").isIdle)
    let item = try #require(try world.effects("acme").first)
    let settled = try world.texts(
      "SELECT concat_ws(' ', outcome, converted_into) FROM billing.outbox_history ORDER BY entry_no")
    #expect(settled == ["c \(item.id)", "c \(item.id)"])
    // Late, on top of it.
    try world.use("acme", "assessment", "1", at: "2025-01-12T08:00:00Z", usage: "late", now: "2025-02-02T00:00:00Z")
    try world.settleMeters("acme", start: "2025-02-01", invoice: 18, at: "2025-03-01T00:30:00Z", isSubscribed: true)
    #expect(try world.items("acme").last == "assessment 1 2025-01-01: 1000 usd late")
  }

  @Test("one event of two reached the meter: the item is the rest of the total's price, so the quota counts once")
  func partlyDelivered() throws {
    let world = try World("acme")
    try world.use("acme", "assessment", "40", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    try world.eye.execute("DELETE FROM billing.outbox_entries; UPDATE billing.outbox_keys SET state = 'i'")
    try world.use("acme", "assessment", "20", at: "2025-01-12T08:00:00Z")
    try world.report("2025-01-12T09:00:00Z")
    try Self.putAside(world, "e", isPerhapsSent: true)
    #expect(try world.report("2025-02-01T01:01:00Z").converted == 1)
    #expect(try world.items("acme") == ["assessment 20 2025-01-01: 10000 usd converted"])
    #expect(try world.account("acme", "assessment") == "40/20/10000")
  }

  @Test("events that may have arrived are left to whoever finds out, as are those being sent")
  func unknown() throws {
    for (state, perhaps) in [("q", true), ("u", true), ("x", true)] {
      let world = try World("acme")
      try world.use("acme", "order", "5", at: "2025-01-10T08:00:00Z")
      try world.report("2025-01-10T09:00:00Z")
      try Self.putAside(world, state, isPerhapsSent: perhaps)
      #expect(try world.report("2025-02-01T01:01:00Z").isIdle, "state \(state)")
      #expect(try world.account("acme") == "5/0/0")
    }
    let world = try World("acme")
    try world.use("acme", "order", "5", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    try world.eye.execute("UPDATE billing.outbox_keys SET lease_until = now() + interval '1 minute', lease_token = 7")
    #expect(try world.report("2025-02-01T01:01:00Z").isIdle)
    try world.eye.execute("UPDATE billing.outbox_keys SET lease_until = now() - interval '1 second'")
    #expect(try world.report("2025-02-01T01:02:00Z").converted == 1)
  }

  @Test("when the overdue events leave, what waited behind them in the sequence is looked at again")
  func followers() throws {
    let world = try World("acme")
    try world.use("acme", "order", "5", at: "2025-01-31T08:00:00Z")
    try world.report("2025-01-31T09:00:00Z")
    try world.use("acme", "order", "6", at: "2025-02-01T00:10:00Z")
    try world.report("2025-02-01T00:20:00Z")
    try world.eye.execute("UPDATE billing.outbox_keys SET state = 'h', hold = 'no_subscription'")
    #expect(try world.report("2025-02-01T01:01:00Z").converted == 1)
    #expect(try world.events("acme") == ["order 6 2025-02-01T00:20:00Z"])
    #expect(try world.texts("SELECT state::text FROM billing.outbox_keys WHERE ordering_key = 'meter:order'") == ["w"])
  }

  @Test("a connection cut in the commit of a conversion bills it once")
  func cut() throws {
    let world = try World("acme")
    try world.use("acme", "order", "50", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    #expect(throws: InvoicingError.self) {
      try world.report("2025-02-01T01:01:00Z", failpoints: "\(MeterReportStep.insideCommit)=cut")
    }
    try eventually("the session is gone") {
      try world.number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        == 0
    }
    try world.report("2025-02-01T01:02:00Z")
    #expect(try world.items("acme") == ["order 50 2025-01-01: 500 usd converted"])
    #expect(try world.number("SELECT count(*) FROM billing.outbox_history") == 1)
  }

  @Test("a claimer does not send an event of a period that the subscription does not bill")
  func subscriptionBeginsLater() throws {
    let world = try World("acme")
    try world.use("acme", "order", "5", at: "2025-01-10T08:00:00Z")
    try world.report("2025-01-10T09:00:00Z")
    try world.set("acme", at: "2025-01-20T00:00:00Z") {
      $0.stripeSubscription = "sub_1"
      $0.stripeSubscriptionStart = try day("2025-02-01")
    }
    let seen = SubscriptionMeters.Unchecked(company: try company("acme"), subscription: try #require(RemoteID("sub_1")))
    try world.eye.begin()
    try SubscriptionMeters(world.eye).store(
      seen, prices: [.init(metric: try metricName("order"), price: try #require(RemoteID("price_1")))])
    try world.eye.commit()
    var claims = try OutboxClaims(.forLedger(world.database.configuration), lease: .seconds(60))
    #expect(try claims.claim(.meters, keys: 10, entriesPerMeter: 1).isEmpty)
    #expect(try world.texts("SELECT hold FROM billing.outbox_keys") == ["no_subscription"])
    try world.report("2025-02-01T01:01:00Z")
    #expect(try world.items("acme") == ["order 5 2025-01-01: 50 usd converted"])
  }
}
