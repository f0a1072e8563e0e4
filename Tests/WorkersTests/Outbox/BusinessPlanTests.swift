import Billing
import HTTP
import JSON
import Operations
import StripeSimulator
import TestBasics
import TestSupport
import Testing

extension EndToEnd {
  /// A plan with a quota, from the catalog's file to what Stripe would invoice, with nothing but the program's commands.
  @Suite("A quota is granted once, by Stripe's price alone")
  struct BusinessPlanTests {
    private static let key = "sk_test_business_plan"
    private let scene: Scene
    private let simulator: Simulator

    init() throws {
      let simulator = try Simulator.start()
      let stripe = "http://127.0.0.1:\(simulator.port)"
      self.simulator = simulator
      scene = try Scene([
        "STRIPE_SECRET_KEY": Self.key, "STRIPE_API_BASE": stripe, "STRIPE_METER_EVENTS_BASE": stripe,
        "STRIPE_CREATE_CUSTOMERS": "true",
      ])
    }

    /// The default catalog, with the plan's assessments billed by a meter.
    private func applyCatalog() throws {
      let path = "\(TestDatabase.schemasFolder)/catalog.default.json"
      let standard = String(decoding: try FileBytes.read(path, limit: 1 << 20), as: UTF8.self)
      let metered = standard.replacing(
        #""included": 50, "billing": "invoice_item""#, with: #""included": 50, "billing": "stripe_meter""#)
      try #require(metered != standard)
      let folder = try TemporaryFolder()
      try scene.run("catalog", "apply", folder.write(metered, to: "catalog.json"))
    }

    private func company(_ field: String) throws -> String? {
      let shown = try JSONValue.parse(Array(try scene.run("companies", "show", "clinic", "--json").utf8))
      guard case .string(let text)? = shown[field] else { return nil }
      return text
    }

    /// What Stripe would charge at the period's end, in cents.
    private func preview() throws -> JSONValue {
      let client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
      let (customer, subscription) = (
        try #require(try company("stripeCustomer")), try #require(try company("stripeSubscription"))
      )
      let response = try client.perform(
        HTTPClient.Request(
          .post, "http://127.0.0.1:\(simulator.port)/v1/invoices/create_preview",
          headers: ["Authorization": "Bearer \(Self.key)", "Content-Type": "application/x-www-form-urlencoded"],
          body: Array("customer=\(customer)&subscription=\(subscription)".utf8), timeout: .seconds(20)))
      #expect(response.status == 200)
      return try JSONValue.parse(response.body)
    }

    @Test("60 assessments with 50 included, then 10.00 each, come to 100.00 here, and to 10000 cents at Stripe")
    func sixty() throws {
      defer { simulator.stop() }
      try applyCatalog()
      try scene.run("companies", "set", "clinic", "--plan", "business", "--stripe-mode", "live")
      try scene.broker.publish((0..<60).map { Usage.recorded("a-\($0)", "clinic", "assessment") })
      let counting = try scene.worker()
      try scene.awaitCounted(60)
      try scene.finish(counting)

      try scene.run("stripe", "setup")
      try scene.run("billing-run")
      let sending = try TestWorker(["outbox-worker"], environment: scene.environment())
      try eventually("the customer is made; \(sending.standardError.suffix(500))") {
        try company("stripeCustomer") != nil
      }
      try scene.run("stripe", "subscribe", "clinic")
      try eventually("nothing is owed; \(sending.standardError.suffix(500))") {
        try scene.number("SELECT count(*) FROM billing.outbox_entries") == 0
      }
      // Once more: nothing is told twice.
      try scene.run("billing-run")
      #expect(try scene.number("SELECT count(*) FROM billing.outbox_entries") == 0)
      try sending.stop()

      // The raw quantity: the quota is in the price, and nowhere else.
      let events = simulator.effects.meterEvents
      #expect(events.map(\.eventName) == ["assessment"] && events.map(\.value.description) == ["60"])
      let preview = try preview()
      #expect(preview["total"] == .number("10000") && preview["currency"] == .string("usd"))
      let report = try JSONValue.parse(Array(try scene.run("usage", "clinic", "--json").utf8))
      #expect(report["total"] == .string("100.00"))
      try scene.run("reconcile", "clinic")
    }
  }
}
