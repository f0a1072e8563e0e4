import JSON
import Outbox
import StripeSimulator
import TestSupport
import Testing

@testable import usage_billing

@Suite("reconcile", .enabled(if: TestDatabase.isAvailable && TestWorker.binary != nil, "needs a server: DATABASE_URL"))
struct ReconcileTests {
  private let world: StripeWorld
  private let acme: String
  private let labs: String
  private let event: EntryID
  private let item: EntryID

  /// Two companies, to whom Stripe was told everything but 3 orders.
  init() throws {
    world = try StripeWorld(meters: "order", "invoice")
    (acme, labs) = (try world.add("acme"), try world.add("labs"))
    event = try world.report("acme", "order", "1250.5", rest: "3")
    try world.report("labs", "order", "980")
    try world.report("labs", "invoice", "17")
    item = try world.item("acme", "radiology_standard", cents: 1234)
    try world.item("labs", "radiology_standard", cents: -50)
    try world.deliver()
  }

  private func expectSilence(_ comment: Comment? = nil) throws {
    let (status, document, differences) = try world.reconcile()
    #expect(status == .success, comment)
    #expect(differences.isEmpty, comment)
    #expect(document.texts("companies", "totals", "items") == ["2", "3", "2"], comment)
  }

  @Test("it is silent where both sides agree, and shows all of it on demand")
  func silent() throws {
    try expectSilence()
    // Its requests take their tokens from the buckets that workers take them from.
    let buckets = try world.number(
      "SELECT count(*) FROM billing.rate_buckets WHERE name IN ('all', 'invoice_items', 'meter_event_summaries')")
    #expect(buckets == 3)
    #expect(world.run("reconcile").output == "no difference: 2 companies, 3 totals, 2 invoice items, 0 invoices\n")
    let all = world.run("reconcile", "acme", "--all").output
    #expect(all.contains("1253.5") && all.contains("1250.5") && !all.contains("labs"))
  }

  @Test("a quantity too much at Stripe is found, to the billionth, with both figures")
  func tooMuchAtStripe() throws {
    try world.plantEvent("order", labs, value: "0.000000001")
    let (status, _, differences) = try world.reconcile()
    #expect(status == .failure)
    #expect(differences.count == 1)
    let found = differences.first?.texts(
      "finding", "companyId", "metric", "periodStart", "total", "atStripe", "difference")
    #expect(
      found == ["meter", "labs", "order", world.period.start.description, "980", "980.000000001", "-0.000000001"])
    let table = world.run("reconcile").output
    #expect(table.contains("labs") && table.contains("-0.000000001") && table.contains("1 differences"))
  }

  @Test("usage at Stripe of a metric that we have none of is found")
  func foreignMetric() throws {
    try world.plantEvent("invoice", acme, value: "2")
    let (_, _, differences) = try world.reconcile()
    #expect(
      differences.map { $0.texts("companyId", "metric", "total", "atStripe") } == [["acme", "invoice", "0", "2"]])
  }

  @Test("an event that Stripe has lost is found, and named as delivered just now")
  func lostAtStripe() throws {
    try world.post(
      "/v1/billing/meter_event_adjustments", "event_name=order&type=cancel&cancel[identifier]=\(event)")
    let (_, _, differences) = try world.reconcile()
    #expect(differences.map { $0.texts("companyId", "difference", "justDelivered") } == [["acme", "1250.5", "1250.5"]])
    #expect(world.run("reconcile").output.contains("summaries lag"))
  }

  @Test("a report that has no entry, and an entry that has no report, are found in the database")
  func plantedHere() throws {
    try world.connection.execute(
      "UPDATE billing.meter_reports SET reported = reported + 1 WHERE company_id = 'acme' AND metric = 'order'")
    try world.connection.execute(
      "UPDATE billing.meter_reports SET reported = reported - 2 WHERE company_id = 'labs' AND metric = 'invoice'")
    let (_, _, differences) = try world.reconcile()
    #expect(
      differences.map { $0.texts("companyId", "metric", "difference") } == [
        ["acme", "order", "1"], ["labs", "invoice", "-2"],
      ])
    let one = try world.reconcile("labs")
    #expect(one.differences.count == 1)
  }

  @Test("what grew since the last report is no difference")
  func notReported() throws {
    try world.connection.execute("UPDATE billing.usage_periods SET quantity = quantity + 100")
    try expectSilence()
  }

  @Test(
    "what waits is no difference, in whichever state, whether or not it has arrived", arguments: ["q", "x", "u", "e"])
  func waiting(state: String) throws {
    for arrived in [false, true] {
      let company = arrived ? "there-\(state)" : "here-\(state)"
      let customer = try world.add(company)
      let id = try world.report(company, "order", "5")
      if state != "q" { try world.putAside(id, state) }
      guard arrived else { continue }
      try world.connection.execute(
        "UPDATE billing.outbox_entries SET first_attempt_at = now() WHERE company_id = '\(company)'")
      let timestamp = try world.number(
        "SELECT extract(epoch FROM (effect::json->>'timestamp')::timestamptz)::bigint FROM billing.outbox_entries WHERE entry_id = \(id)"
      )
      try world.post(
        "/v1/billing/meter_events",
        "event_name=order&payload[stripe_customer_id]=\(customer)&payload[value]=5&identifier=\(id)&timestamp=\(timestamp)"
      )
    }
    let (status, document, differences) = try world.reconcile()
    #expect(status == .success, "\(differences)")
    #expect(document.texts("companies") == ["4"])
  }

  @Test("what a person has given up is named where it makes a difference")
  func discarded() throws {
    try world.connection.execute("DELETE FROM billing.meter_reports WHERE company_id = 'acme'")
    try world.connection.execute("DELETE FROM billing.usage_periods WHERE company_id = 'acme'")
    try world.connection.execute(
      "DELETE FROM billing.outbox_history WHERE company_id = 'acme' AND kind = 'meter_event'")
    try world.post(
      "/v1/billing/meter_event_adjustments", "event_name=order&type=cancel&cancel[identifier]=\(event)")
    try expectTwoTotals()
    let id = try world.report("acme", "order", "4")
    #expect(world.run("outbox", "discard", id.description, "--reason", "a gift").status == .success)
    let (_, _, differences) = try world.reconcile()
    #expect(differences.map { $0.texts("difference", "discarded") } == [["4", "4"]])
  }

  private func expectTwoTotals() throws {
    #expect(try world.reconcile().document.texts("totals") == ["2"])
  }

  @Test("an invoice item that Stripe lacks is found, with its amount")
  func itemMissing() throws {
    let ids = try world.list("/v1/invoiceitems?customer=\(acme)")
    try world.delete("/v1/invoiceitems/\(try #require(ids.first))")
    let (status, _, differences) = try world.reconcile()
    #expect(status == .failure)
    #expect(
      differences.map { $0.texts("finding", "companyId", "entryId", "amount", "metric") } == [
        ["item_missing", "acme", item.description, "12.34", "radiology_standard"]
      ])
    #expect(world.run("reconcile").output.contains("12.34 usd"))
  }

  @Test("an invoice item of ours that we do not know is found; one of somebody else's is none of our business")
  func itemUnknown() throws {
    try world.post("/v1/invoiceitems", "customer=\(acme)&amount=999&currency=usd")
    try expectSilence("an item without our metadata")
    try world.connection.execute(
      "DELETE FROM billing.outbox_history WHERE company_id = 'labs' AND kind = 'invoice_item'")
    let (_, _, differences) = try world.reconcile()
    #expect(
      differences.map { $0.texts("finding", "companyId", "amountAtStripe") } == [["item_unknown", "labs", "-0.50"]])
  }

  @Test("an item of another company's entry is not taken for this one's")
  func itemOfAnother() throws {
    try world.post("/v1/invoiceitems", "customer=\(labs)&amount=1234&currency=usd&metadata[entry_id]=\(item)")
    let (_, _, differences) = try world.reconcile()
    #expect(
      differences.map { $0.texts("finding", "companyId", "entryId") } == [["item_unknown", "labs", item.description]])
  }

  @Test("a cent's difference of an item is found, and an item that is there twice")
  func itemAmount() throws {
    try world.connection.execute(
      """
      UPDATE billing.outbox_history SET effect = replace(effect, '1234', '1235') WHERE entry_id = '\(item)'
      """)
    try world.post(
      "/v1/invoiceitems", "customer=\(acme)&amount=1235&currency=usd&metadata[entry_id]=\(item)")
    let (_, _, differences) = try world.reconcile()
    #expect(differences.map { $0.texts("finding")[0] } == ["item_twice", "item_amount"])
    #expect(differences.last?.texts("amount", "amountAtStripe") == ["12.35", "12.34"])
  }

  @Test("an item that was made but not settled is no difference; hundreds are read page by page")
  func itemsInPages() throws {
    let id = try world.item("labs", "order", cents: 7)
    try world.putAside(id, "u")
    try world.post("/v1/invoiceitems", "customer=\(labs)&amount=7&currency=usd&metadata[entry_id]=\(id)")
    for number in 0..<120 { try world.post("/v1/invoiceitems", "customer=\(labs)&amount=\(number)&currency=usd") }
    let (status, document, _) = try world.reconcile()
    #expect(status == .success)
    #expect(document.texts("items") == ["3"])
  }

  @Test("a period without a difference is silent beside one that has one")
  func period() throws {
    try world.plantEvent("order", labs, value: "1")
    let before = world.period.start.adding(days: -1).description
    #expect(try world.reconcile("--period", before).status == .success)
    #expect(try world.reconcile("--period", world.period.start.description).status == .failure)
    #expect(world.run("reconcile", "--period", "2025-02-30").status == .wrongUsage)
  }

  @Test("a company that Stripe is told nothing of does not pass for clean")
  func notTold() throws {
    for (sql, text) in [
      ("SET stripe_mode = 'shadow'", "mode shadow"),
      ("SET stripe_mode = 'live', stripe_customer = NULL", "no customer"),
      ("SET registered_at = NULL", "not registered"),
    ] {
      try world.connection.execute("UPDATE billing.companies \(sql) WHERE company_id = 'acme'")
      let run = world.run("reconcile", "acme")
      #expect(run.status == .failure)
      #expect(run.errors.contains(text))
    }
    #expect(world.run("reconcile", "nobody").status == .failure)
  }

  @Test("a customer that is gone is a finding, and the others are compared all the same")
  func customerGone() throws {
    _ = try world.connection.update(
      "UPDATE billing.companies SET stripe_customer = 'cus_gone' WHERE company_id = 'acme'")
    try world.plantEvent("order", labs, value: "1")
    let (status, _, differences) = try world.reconcile()
    #expect(status == .failure)
    #expect(differences.contains { $0.texts("companyId", "metric") == ["labs", "order"] })
    #expect(differences.contains { $0.texts("companyId")[0] == "acme" })
  }

  @Test("a Stripe that stumbles is asked again; a key that it does not take ends it")
  func stumbling() throws {
    world.simulator.faults.add(FaultRule(.next(3), [Fault(.serverError), Fault(.rateLimited), Fault(.answerLost)]))
    try expectSilence()
    let run = world.run("reconcile", extra: ["STRIPE_SECRET_KEY": "pk_wrong"])
    #expect(run.status == .failure)
    #expect(run.errors.contains("401"))
    #expect(!run.errors.contains("pk_wrong"))
  }

  @Test("what moves while Stripe is asked is no difference: workers send meanwhile, slowly answered")
  func whileWorkersSend() throws {
    for number in 0..<10 {
      try world.add("moving-\(number)")
      for metric in ["order", "invoice"] { try world.report("moving-\(number)", metric, "1.5") }
    }
    var settings = world.simulator.settings
    settings.latency = .milliseconds(200)
    world.simulator.settings = settings
    let worker = try TestWorker(
      ["outbox-worker"], environment: world.environment.merging(["STRIPE_METER_RATE": "5"]) { $1 })
    var hasMoved = false
    var before = 20
    while before > 0 {
      let (status, _, differences) = try world.reconcile()
      #expect(status == .success, "\(differences)")
      let left = try world.number("SELECT count(*) FROM billing.outbox_entries")
      if left < before { hasMoved = true }
      before = left
    }
    // Some were sent between the first and the last question of one comparison.
    #expect(hasMoved)
    try worker.stop()
    #expect(try world.reconcile().document.texts("totals") == ["23"])
  }
}
