import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Outbox

@Suite("Holds", .enabled(if: TestDatabase.isAvailable))
struct HoldTests {
  /// A way into a hold and out of it.
  struct Way: Sendable, CustomTestStringConvertible {
    let hold: Hold
    let cause: String
    let end: String
    var key = "meter:order"
    var testDescription: String { hold.rawValue }
  }

  static let ways = [
    Way(
      hold: .unregistered, cause: "UPDATE billing.companies SET registered_at = NULL",
      end: "UPDATE billing.companies SET registered_at = now()"),
    Way(
      hold: .off, cause: "UPDATE billing.companies SET stripe_mode = 'off'",
      end: "UPDATE billing.companies SET stripe_mode = 'live'"),
    Way(
      hold: .shadow, cause: "UPDATE billing.companies SET stripe_mode = 'shadow'",
      end: "UPDATE billing.companies SET stripe_mode = 'live'"),
    Way(
      hold: .paused, cause: "INSERT INTO billing.outbox_pauses VALUES ('comp-1', now(), 'tests')",
      end: "DELETE FROM billing.outbox_pauses"),
    Way(
      hold: .noCustomer, cause: "UPDATE billing.companies SET stripe_customer = NULL",
      end: "UPDATE billing.companies SET stripe_customer = 'cus_1' WHERE company_id = 'comp-1'"),
    Way(
      hold: .noCustomer, cause: "UPDATE billing.companies SET stripe_customer = NULL",
      end: "UPDATE billing.companies SET stripe_customer = 'cus_1' WHERE company_id = 'comp-1'", key: "items"),
    Way(
      hold: .noSubscription, cause: "UPDATE billing.companies SET stripe_subscription = NULL",
      end: "UPDATE billing.companies SET stripe_subscription = 'sub_1'"),
    Way(
      hold: .subscriptionUnchecked, cause: "UPDATE billing.companies SET stripe_subscription_checked = 'sub_0'",
      end: "UPDATE billing.companies SET stripe_subscription_checked = 'sub_1'"),
    Way(
      hold: .noMeterPrice, cause: "UPDATE billing.stripe_subscription_meters SET subscription = 'sub_0'",
      end: "UPDATE billing.stripe_subscription_meters SET subscription = 'sub_1'"),
    Way(
      hold: .noInvoice, cause: "SELECT 1",
      end: "INSERT INTO billing.outbox_references VALUES ('comp-1', 'invoice', 17, 'in_1')", key: "items"),
  ]

  @Test("a price that came to a subscription later bills from then on; one that was there before keeps its time")
  func billedFrom() throws {
    let world = try World("comp-1")
    let seen = SubscriptionMeters.Unchecked(
      company: try World.company("comp-1"), subscription: try #require(RemoteID("sub_1")))
    func store(_ prices: [String: String], at changed: Instant? = nil) throws -> [String] {
      let prices = try prices.sorted { $0.key < $1.key }.map { metric, price in
        SubscriptionMeters.Price(metric: try #require(MetricName(metric)), price: try #require(RemoteID(price)))
      }
      try world.eye.begin()
      try SubscriptionMeters(world.eye).store(seen, prices: prices, changedAt: changed)
      try world.eye.commit()
      return try world.texts(
        """
        SELECT metric || ' ' || coalesce((extract(epoch FROM billed_from) - \(World.now.microseconds / 1_000_000))::int::text,
          'all') FROM billing.stripe_subscription_meters ORDER BY metric
        """)
    }
    #expect(try store(["order": "p_1", "storage": "p_2"]) == ["order all", "storage all"])
    #expect(try store(["order": "p_1", "storage": "p_3"], at: World.now) == ["order all", "storage 60"])
    #expect(try store(["order": "p_1", "storage": "p_3"]) == ["order all", "storage 60"])
    let later = World.now.adding(seconds: 1000)
    #expect(
      try store(["invoice": "p_4", "order": "p_1", "storage": "p_3"], at: later)
        == ["invoice 1060", "order all", "storage 60"])
  }

  @Test("each hold holds its sequence, is not looked at again, and ends with what it waits for", arguments: ways)
  func holds(_ way: Way) throws {
    let world = try World("comp-1", "comp-2")
    try world.eye.execute(way.cause)
    try world.write("comp-1", way.key == "items" ? .item(invoice: way.hold == .noInvoice ? 17 : nil) : .event())
    var claims = try world.claims()
    #expect(try claims.claim(keys: 9).isEmpty)
    #expect(try world.state("comp-1", way.key) == "h \(way.hold.rawValue)")
    // Held in the index that claims scan, it would be leased again.
    #expect(try world.number("SELECT max(lease_token) FROM billing.outbox_keys") == 1)
    #expect(try claims.claim(keys: 9).isEmpty)
    #expect(try world.number("SELECT max(lease_token) FROM billing.outbox_keys") == 1)
    #expect(try OutboxDepth.read(world.eye).backlogs.keys.first == .held(way.hold))
    #expect(try OutboxReader(world.eye).list(.held).map(\.state) == [.held(way.hold)])
    try world.eye.begin()
    try world.eye.execute(way.end)
    try OutboxHolds.release(try World.company("comp-1"), on: world.eye)
    try world.eye.commit()
    let claim = try #require(try claims.claim(keys: 9).first)
    #expect(claim.entries.first?.attempts == 1)
    #expect(try claims.settle([claim], .delivered(reference: nil)).settled == 1)
  }

  @Test("without the need for a subscription, meters do not wait for one")
  func noRequirement() throws {
    let world = try World("comp-1")
    try world.eye.execute("UPDATE billing.companies SET stripe_subscription = NULL")
    try world.write("comp-1", .event())
    var claims = try world.claims(SendRequirements(requireSubscription: false))
    #expect(try claims.claim(keys: 1).count == 1)
  }

  @Test("companies whose subscription nobody has looked at are named, and go on by what is found")
  func unchecked() throws {
    let world = try World("comp-1")
    try world.eye.execute("UPDATE billing.companies SET stripe_subscription = 'sub_2'")
    try world.write("comp-1", .event(), .event("invoice"))
    var claims = try world.claims()
    #expect(try claims.claim(keys: 9).isEmpty)
    let meters = SubscriptionMeters(world.eye)
    let found = try meters.unchecked(limit: 9)
    #expect(found.map(\.subscription.text) == ["sub_2"])
    try world.check("comp-1", "sub_2", ["invoice"])
    #expect(try claims.claim(keys: 9).map(\.orderingKey.text) == ["meter:invoice"])
    #expect(try world.state("comp-1") == "h no_meter_price")
    #expect(try meters.unchecked(limit: 9).isEmpty)
    #expect(try meters.unchecked(limit: 9, andWithoutPrice: true) == found)
  }

  @Test("many companies without a customer do not keep a claim from those that have one")
  func heldInFront() throws {
    let world = try World()
    for number in 1...20 { try world.add("comp-\(number)", customer: number < 20 ? "" : "cus_20") }
    for number in 1...20 { try world.write("comp-\(number)", .event()) }
    var claims = try world.claims()
    #expect(try claims.claim(keys: 3).map(\.company.text) == ["comp-20"])
  }

  @Test("a company without a customer gets one entry that makes it, whoever claims; what waited goes on with it")
  func customer() throws {
    let world = try World()
    try world.add("comp-1", customer: "")
    try world.write("comp-1", .event(), .event("invoice"), .item())
    let requirements = SendRequirements(createCustomers: true)
    var (one, other) = (try world.claims(requirements), try world.claims(requirements))
    var made = try one.claim(keys: 1) + other.claim(keys: 1)
    made += try one.claim(keys: 9) + other.claim(keys: 9)
    #expect(made.map(\.entries.first?.effect) == [.customer])
    #expect(try world.number("SELECT count(*) FROM billing.outbox_keys WHERE hold = 'no_customer'") == 3)
    #expect(try world.number("SELECT count(*) FROM billing.outbox_entries WHERE kind = 'customer'") == 1)
    try one.settle(made, .delivered(reference: RemoteID("cus_made")))
    let claimed = try one.claim(keys: 9)
    #expect(claimed.count == 3)
    #expect(Set(claimed.map(\.stripeCustomer?.text)) == ["cus_made"])
  }

  @Test("no customer is made by itself where none was asked for, or once a person has discarded it")
  func noCustomer() throws {
    let world = try World()
    try world.add("comp-1", customer: "")
    try world.write("comp-1", .event())
    var plain = try world.claims()
    #expect(try plain.claim(keys: 9).isEmpty)
    #expect(try world.number("SELECT count(*) FROM billing.outbox_entries WHERE kind = 'customer'") == 0)
    try world.eye.execute("UPDATE billing.outbox_keys SET state = 'w', hold = NULL")
    var making = try world.claims(SendRequirements(createCustomers: true))
    let claimed = try making.claim(keys: 9)
    try making.settle(claimed, .dead(Problem("test")))
    try world.eye.begin()
    let id = try #require(claimed.first?.entries.first?.id)
    try OutboxAdministration(world.eye).discard(id, reason: "not wanted", by: "tests")
    try world.eye.commit()
    try world.eye.execute("UPDATE billing.outbox_keys SET state = 'w', hold = NULL WHERE ordering_key <> 'customer'")
    #expect(try making.claim(keys: 9).isEmpty)
    #expect(try world.number("SELECT count(*) FROM billing.outbox_entries WHERE kind = 'customer'") == 0)
  }

  @Test("a customer that is there before its entry was sent is not made a second time")
  func superfluousCustomer() throws {
    let world = try World()
    try world.add("comp-1", customer: "")
    let id = try world.write("comp-1", .customer)[0]
    try world.setCustomer("comp-1")
    var claims = try world.claims()
    #expect(try claims.claim(keys: 9).isEmpty)
    let record = try OutboxReader(world.eye).show(id)
    #expect(record.state == .deliveredBefore)
    #expect(record.reference?.text == "cus_new")
  }

  @Test("a customer that is another company's is nobody's: a person has to see it")
  func takenCustomer() throws {
    let world = try World("comp-1")
    try world.add("comp-2", customer: "")
    let id = try world.write("comp-2", .customer)[0]
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), .delivered(reference: RemoteID("cus_comp_1")))
    #expect(try world.entry(id) == "x 1 0 customer_taken perhaps")
    let customers = "SELECT stripe_customer FROM billing.companies WHERE stripe_customer IS NOT NULL" as SQL
    #expect(try world.texts(customers) == ["cus_comp_1"])
  }
}
