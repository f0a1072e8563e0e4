import Billing
import JSON
import Ledger
import Operations
import PostgreSQL
import TestBasics
import TestSupport
import Testing

@testable import usage_billing

@Suite("Commands that are audited", .enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct AuditedCommandsTests {
  private let world: StripeWorld
  private let log: AuditReading

  init() throws {
    world = try StripeWorld()
    log = AuditReading(environment: world.environment)
  }

  private func record(_ id: String, _ quantity: String, at time: Instant) throws {
    let ledger = try Ledger(connection: .forLedger(world.database.configuration))
    let metric = try #require(MetricName("order").flatMap { ledger.metrics[$0] })
    let record = RecordedUsage(
      usageID: UsageID(trusted: id), companyID: try #require(CompanyID("acme")), metric: metric,
      quantity: try #require(Quantity(quantity)), timestamp: time)
    _ = try ledger.write(records: [record], now: time)
  }

  @Test("the default catalog's application by migrate is the first act")
  func migrate() throws {
    let facts = try log.facts()
    #expect(
      facts == [#"{"version":1,"metricsAdded":10,"plansAdded":2,"ratesAdded":10,"chargeKindsAdded":3}"#])
  }

  @Test("a catalog's application says what changed in numbers; one that says nothing new is no act")
  func catalog() throws {
    let document = try world.connection.query("SELECT document FROM billing.catalog_versions").one()
      .decode(String.self, at: 0)
    let changed = document.replacing(#""threshold": 5000"#, with: #""threshold": 6000"#)
      .replacing(#""unit": "GB""#, with: #""unit": "Jane Doe""#)
    let folder = try TemporaryFolder()
    let path = try folder.write(changed, to: "catalog.json")
    #expect(world.run("catalog", "apply", path).status == .success)
    #expect(world.run("catalog", "apply", path).output.hasPrefix("no change"))
    #expect(
      try log.facts().dropFirst() == [#"{"version":2,"versionBefore":1,"metricsChanged":1,"ratesChanged":1}"#])
    #expect(try log.leaks(world.connection) == [])
  }

  @Test("a company's change tells the fields, and values that are words and numbers of ours; a refused one is no act")
  func company() throws {
    let set = world.run(
      "companies", "set", "acme", "--name", "Jane Doe 4711007", "--stripe-customer", "cus_JaneDoe4711007",
      "--stripe-mode", "live", "--anchor-day", "5", "--rate", "order:unitPrice=0.08,threshold=500")
    #expect(set.status == .success, "\(set.errors)")
    #expect(world.run("companies", "set", "acme", "--plan", "Jane").status == .failure)
    let acts = try log.acts("company_set")
    #expect(acts.map(\.company) == ["acme"])
    #expect(
      acts.map(AuditReading.line) == [
        #"{"registered":true,"fields":["name","anchorDay","stripeCustomer","stripeMode","rates"],"plan":"standard","#
          + #""currency":"usd","anchorDay":5,"stripeMode":"live","rates":[{"metric":"order","#
          + #""effectiveFrom":"0001-01-01","unitPrice":"0.08","threshold":"500"}]}"#
      ])
    #expect(try log.leaks(world.connection) == [])
  }

  @Test("a record that is taken back is told without its id and the reason, once")
  func void() throws {
    #expect(world.run("companies", "set", "acme").status == .success)
    let time = try #require(Instant("2026-01-15T12:00:00Z"))
    try record("Jane Doe 4711007", "2.5", at: time)
    for _ in 1...2 {
      let run = world.run("usage", "void", "acme", "Jane Doe 4711007", "--reason", "Jane Doe, born 1971-03-04")
      #expect(run.status == .success, "\(run.errors)")
    }
    let acts = try log.acts("usage_voided")
    #expect(acts.map(\.company) == ["acme"])
    #expect(acts.map(AuditReading.line) == [#"{"metric":"order","quantity":"2.5","timestamp":"2026-01-15T12:00:00Z"}"#])
    #expect(try log.leaks(world.connection) == [])
  }

  @Test("a void whose row cannot be written is not done")
  func voidWithoutLog() throws {
    #expect(world.run("companies", "set", "acme").status == .success)
    try record("id-1", "2", at: try #require(Instant("2026-01-15T12:00:00Z")))
    try world.connection.execute("ALTER TABLE billing.audit_log ADD CHECK (action <> 'usage_voided')")
    #expect(world.run("usage", "void", "acme", "id-1", "--reason", "x").status == .failure)
    #expect(try world.number("SELECT count(*) FROM billing.usage_records WHERE voided OR kind <> 'u'") == 0)
    #expect(try world.number("SELECT sum(quantity)::bigint FROM billing.usage_periods") == 2)
  }

  @Test("each total that verify puts right is an act; looking is none")
  func repair() throws {
    #expect(world.run("companies", "set", "acme").status == .success)
    try record("id-1", "2.5", at: try #require(Instant("2026-01-15T12:00:00Z")))
    try world.connection.execute("UPDATE billing.usage_daily SET quantity = 7")
    #expect(world.run("verify").status == .failure)
    #expect(try log.facts("total_repaired") == [])
    for _ in 1...2 { #expect(world.run("verify", "--repair").status == .success) }
    #expect(
      try log.facts("total_repaired") == [
        #"{"metric":"order","day":"2026-01-15","quantityBefore":"7","eventsBefore":1,"quantityAfter":"2.5","eventsAfter":1}"#
      ])
  }

  @Test("a billing run by hand is told before and after")
  func billingRun() throws {
    #expect(world.run("billing-run", "--as-of", "2026-02-01").status == .success)
    #expect(
      try log.facts("billing_run") == [
        #"{"stage":"begun","asOf":"2026-02-01"}"#,
        #"{"stage":"ended","patientsCharged":0,"companies":0,"meterEvents":0,"invoiceItems":0,"periodsClosed":0,"#
          + #""invoices":0,"lines":0,"amounts":[],"invoicesOpened":0,"problems":0}"#,
      ])
  }

  @Test("what people decide about the outbox is told, without reasons; what comes to nothing is not")
  func outbox() throws {
    for company in ["acme", "labs"] { try world.add(company) }
    let (first, second) = (try world.item("acme", "order", cents: 5), try world.item("labs", "order", cents: 6))
    for entry in [first, second] { try world.putAside(entry, "x") }
    let reason = "is at Stripe for Jane Doe 4711007"
    for arguments in [
      ["outbox", "retry", first.description], ["outbox", "retry", "--all-dead"], ["outbox", "retry", "--all-dead"],
      ["outbox", "discard", second.description, "--reason", reason], ["outbox", "pause"], ["outbox", "pause"],
      ["outbox", "pause", "labs"], ["outbox", "resume"], ["outbox", "resume", "labs"], ["outbox", "resume", "labs"],
    ] {
      let run = Run(arguments, environment: world.environment)
      #expect(run.status == .success, "\(arguments): \(run.errors)")
    }
    #expect(world.run("outbox", "discard", second.description, "--reason", reason).status == .failure)
    let told = try log.acts().dropFirst().map { "\($0.action) \($0.company ?? "-") \(AuditReading.line($0))" }
    #expect(
      told == [
        #"outbox_entry_retried acme {"entry":"\#(first)"}"#, #"outbox_entry_retried - {"deadEntries":1}"#,
        #"outbox_entry_discarded labs {"entry":"\#(second)"}"#, #"outbox_paused - {"companies":"all"}"#,
        "outbox_paused labs {}", #"outbox_resumed - {"companies":"all"}"#, "outbox_resumed labs {}",
      ])
    #expect(try log.leaks(world.connection) == [])
    // The reason is kept with the entry.
    #expect(world.run("outbox", "show", second.description).output.contains(reason))
  }

  @Test("a discard whose row cannot be written is not done")
  func discardWithoutLog() throws {
    try world.add("acme")
    let entry = try world.item("acme", "order", cents: 5)
    try world.putAside(entry, "x")
    try world.connection.execute("ALTER TABLE billing.audit_log ADD CHECK (action <> 'outbox_entry_discarded')")
    #expect(world.run("outbox", "discard", entry.description, "--reason", "x").status == .failure)
    #expect(world.run("outbox", "show", entry.description).output.contains("dead"))
  }

  @Test("what is made at Stripe is told before and after; nothing is made where it cannot be told")
  func stripe() throws {
    guard case .string(let customer)? = try world.post("/v1/customers", "")["id"] else {
      throw TestFailure("no customer")
    }
    #expect(world.run("companies", "set", "acme", "--stripe-customer", customer).status == .success)
    try world.connection.execute("ALTER TABLE billing.audit_log RENAME TO hidden")
    #expect(world.run("stripe", "setup").status == .failure)
    #expect(world.run("stripe", "subscribe", "acme").status == .failure)
    #expect(try world.list("/v1/billing/meters") == [])
    #expect(try world.list("/v1/subscriptions") == [])
    try world.connection.execute("ALTER TABLE billing.hidden RENAME TO audit_log")
    for arguments in [["stripe", "setup"], ["stripe", "subscribe", "acme"]] {
      let run = Run(arguments, environment: world.environment)
      #expect(run.status == .success, "\(run.errors)")
    }
    let month = Instant(microseconds: SystemClock.microseconds()).month
    let told = try log.acts().dropFirst(2).map { "\($0.action) \($0.company ?? "-") \(AuditReading.line($0))" }
    #expect(
      told == [
        #"stripe_set_up - {"stage":"begun"}"#,
        #"stripe_set_up - {"stage":"ended","metersMade":6,"productsMade":7,"pricesMade":7}"#,
        #"company_subscribed acme {"stage":"begun"}"#,
        #"company_set acme {"registered":false,"fields":["stripeSubscription","stripeSubscriptionStart"],"#
          + #""stripeSubscriptionStart":"\#(month)"}"#,
        #"company_subscribed acme {"stage":"ended","change":"made","items":7}"#,
      ])
  }
}
