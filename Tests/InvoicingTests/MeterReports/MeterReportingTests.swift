import Billing
import Invoicing
import Ledger
import Outbox
import TestSupport
import Testing

@Suite("Meter reports", .enabled(if: TestDatabase.isAvailable))
struct MeterReportingTests {
  @Test("what a total has grown by since the last report is an event in a minute of its own; nothing is reported twice")
  func growth() throws {
    let world = try World("acme")
    try world.use("acme", "order", "5", at: "2025-01-10T08:00:00Z")
    let first = try world.report("2025-01-10T09:00:30Z")
    #expect(first.companies == 1 && first.reports == 1 && first.items == 0 && first.problems == [])
    try world.use("acme", "order", "2.5", at: "2025-01-10T08:30:00Z")
    #expect(try world.report("2025-01-10T10:00:30Z").reports == 1)
    for _ in 0..<100 { #expect(try world.report("2025-01-10T11:00:00Z").isIdle) }
    #expect(try world.events("acme") == ["order 5 2025-01-10T09:00:00Z", "order 2.5 2025-01-10T10:00:00Z"])
    #expect(try world.account("acme") == "7.5/0/0")
    let sendBefore = try world.effects("acme").map { $0.sendBefore?.description }
    #expect(sendBefore == ["2025-02-01T00:55:00Z", "2025-02-01T00:55:00Z"])
  }

  @Test(
    "each aggregation is reported as the period's total rises and falls: Stripe's sum is that total at every report")
  func aggregations() throws {
    let world = try World("acme")
    let steps: [(hour: Int, metric: String, amount: String, person: UInt8?, total: String)] = [
      (1, "order", "4", nil, "4"), (2, "order", "3", nil, "7"),
      (1, "call", "9", nil, "1"), (2, "call", "9", nil, "2"),
      (1, "peak", "40", nil, "40"), (2, "peak", "12", nil, "40"), (3, "peak", "45", nil, "45"),
      (1, "level", "30", nil, "30"), (2, "level", "8", nil, "8"), (3, "level", "11", nil, "11"),
      (1, "people", "1", 1, "1"), (2, "people", "1", 1, "1"), (3, "people", "1", 2, "2"),
    ]
    for step in steps {
      let time = "2025-01-10T0\(step.hour):00:00Z"
      try world.use("acme", step.metric, step.amount, at: time, person: step.person)
      try world.report("2025-01-10T0\(step.hour):30:00Z")
      #expect(try world.sumOfEvents(step.metric) == step.total, "\(step.metric) in hour \(step.hour)")
    }
    #expect(try world.events("acme").contains("level -22 2025-01-10T02:30:00Z"))
    let zeros = try world.number(
      "SELECT count(*) FROM billing.outbox_entries WHERE (effect::json ->> 'value')::numeric = 0")
    #expect(zeros == 0)
  }

  @Test("a void is a negative event, also below what was reported; a record and its void between two reports are none")
  func voids() throws {
    let world = try World("acme")
    try world.use("acme", "peak", "40", at: "2025-01-10T01:00:00Z", usage: "low")
    try world.use("acme", "peak", "90", at: "2025-01-10T02:00:00Z", usage: "high")
    try world.report("2025-01-10T03:00:00Z")
    try world.void("acme", "high", at: "2025-01-10T02:00:00Z")
    try world.use("acme", "order", "3", at: "2025-01-10T02:00:00Z", usage: "gone")
    try world.void("acme", "gone", at: "2025-01-10T02:00:00Z")
    try world.report("2025-01-10T04:00:00Z")
    #expect(try world.events("acme") == ["peak 90 2025-01-10T03:00:00Z", "peak -50 2025-01-10T04:00:00Z"])
  }

  @Test("a total with more digits than an event can carry is told in full by the reports that follow")
  func carry() throws {
    let world = try World("acme")
    try world.use("acme", "order", "123456789012.123456789", at: "2025-01-10T01:00:00Z")
    for minute in 1...3 { try world.report("2025-01-10T02:0\(minute):00Z") }
    #expect(
      try world.events("acme") == [
        "order 123456789012.123 2025-01-10T02:01:00Z", "order 0.000456789 2025-01-10T02:02:00Z",
      ])
    #expect(try world.report("2025-01-10T02:04:00Z").isIdle)
  }

  @Test("to the second: usage before a period's end is that period's, reported after it in its own last hour")
  func periodEnd() throws {
    let world = try World("acme")
    try world.use("acme", "order", "1", at: "2025-01-31T23:59:59.999999Z", usage: "last", now: "2025-02-01T00:00:01Z")
    try world.use("acme", "order", "2", at: "2025-02-01T00:00:00Z", usage: "first", now: "2025-02-01T00:00:01Z")
    let pass = try world.report("2025-02-01T00:00:02Z")
    #expect(pass.reports == 2 && pass.waiting == 0)
    #expect(try world.events("acme") == ["order 1 2025-01-31T23:00:00Z", "order 2 2025-02-01T00:00:00Z"])
    #expect(
      try world.effects("acme").map { $0.effect.meteredPeriod?.start.description } == ["2025-01-01", "2025-02-01"])
  }

  @Test("periods that end on the last day of short months, leap February too, are reported by their own rows")
  func anchors() throws {
    for (anchoredAt, use, now, period) in [
      ("2024-01-31", "2024-02-28T23:59:59Z", "2024-02-29T00:00:01Z", "2024-01-31"),
      ("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:01Z", "2024-02-29"),
      ("2025-02-28", "2025-02-28T00:00:00Z", "2025-03-01T00:00:01Z", "2025-02-28"),
    ] {
      let world = try World()
      try world.register("acme", anchor: 31, at: "\(anchoredAt)T00:00:00Z")
      try world.use("acme", "order", "3", at: use)
      #expect(try world.report(now).reports == 1)
      #expect(try world.effects("acme").map { $0.effect.meteredPeriod?.start.description } == [period])
    }
  }

  @Test("metrics that go on the invoice, or are unrated, are not reported")
  func otherRoutes() throws {
    let world = try World("acme")
    try world.use("acme", "scan", "3", at: "2025-01-10T01:00:00Z")
    #expect(try world.report("2025-01-10T02:00:00Z").isIdle)
    #expect(try world.report("2025-02-01T02:00:00Z").isIdle)
    #expect(try world.number("SELECT count(*) FROM billing.meter_reports") == 0)
  }

  @Test(
    "a company that nobody has registered, or in mode off, is not reported; registered, what it used is caught up with")
  func registration() throws {
    let world = try World()
    try world.use("acme", "order", "5", at: "2025-01-10T08:00:00Z")
    #expect(try world.report("2025-01-10T09:00:00Z").companies == 0)
    try world.register("acme", mode: .off, at: "2025-01-10T10:00:00Z")
    #expect(try world.report("2025-01-10T11:00:00Z").companies == 0)
    #expect(
      try world.register("acme", mode: .shadow, at: "2025-01-10T12:00:00Z").stripeSince == (try day("2025-01-01")))
    #expect(try world.report("2025-01-10T13:00:00Z").reports == 1)
    try world.set("acme", at: "2025-01-11T00:00:00Z") { $0.stripeMode = .live }
    #expect(try world.report("2025-01-11T13:00:00Z").isIdle)
    #expect(try world.events("acme") == ["order 5 2025-01-10T13:00:00Z"])
  }

  @Test("reports begin with the period in which the mode first leaves off; earlier periods were billed in another way")
  func since() throws {
    let world = try World()
    try world.register("acme", mode: .off)
    try world.use("acme", "order", "5", at: "2025-01-10T08:00:00Z")
    try world.use("acme", "order", "7", at: "2025-02-03T08:00:00Z")
    try world.set("acme", at: "2025-02-20T00:00:00Z") { $0.stripeMode = .live }
    try world.report("2025-02-20T09:00:00Z")
    #expect(try world.events("acme") == ["order 7 2025-02-20T09:00:00Z"])
    // Off and on again keeps where it began.
    try world.set("acme", at: "2025-02-21T00:00:00Z") { $0.stripeMode = .off }
    #expect(try world.report("2025-02-21T09:00:00Z").companies == 0)
    try world.set("acme", at: "2025-03-10T00:00:00Z") { $0.stripeMode = .live }
    #expect(try CompanyStore(world.eye).show(company("acme")).stripeSince == (try day("2025-02-01")))
  }

  @Test("reports cannot begin in a period that is closed: Stripe would charge once more what is on its invoice")
  func sinceClosed() throws {
    let world = try World()
    try world.register("acme", mode: .off)
    try world.use("acme", "order", "5", at: "2025-01-10T08:00:00Z")
    try world.use("acme", "order", "7", at: "2025-02-03T08:00:00Z")
    try world.close(at: "2025-02-01T01:00:00Z")
    #expect {
      try world.set("acme", at: "2025-02-20T00:00:00Z") {
        $0.stripeMode = .live
        $0.stripeSince = try day("2025-01-31")
      }
    } throws: { error in
      "\(error)".contains("periods up to 2025-02-01 are closed: reports can begin on that day at the earliest")
    }
    try world.set("acme", at: "2025-02-20T00:00:00Z") {
      $0.stripeMode = .live
      $0.stripeSince = try day("2025-02-01")
    }
    try world.report("2025-02-20T09:00:00Z")
    #expect(try world.events("acme") == ["order 7 2025-02-20T09:00:00Z"])
  }

  @Test("as of a day, periods that began on it or later are left alone")
  func asOf() throws {
    let world = try World("acme")
    try world.use("acme", "order", "1", at: "2025-01-31T08:00:00Z")
    try world.use("acme", "order", "2", at: "2025-02-01T00:00:00Z")
    #expect(try world.report("2025-02-01T00:01:00Z", begunBefore: "2025-02-01").reports == 1)
    #expect(try world.events("acme") == ["order 1 2025-01-31T23:00:00Z"])
    #expect(try world.report("2025-02-01T00:02:00Z").reports == 1)
  }

  @Test("two thousand companies are reported once, in portions")
  func manyCompanies() throws {
    let world = try World()
    try world.eye.execute(
      """
      INSERT INTO billing.companies
        (company_id, registered_at, plan_id, currency, stripe_mode, stripe_customer, stripe_since, version)
      SELECT 'c' || n, now(), 'standard', 'usd', 'live', 'cus_' || n, '2025-01-01', 1 FROM generate_series(1, 2000) n;
      INSERT INTO billing.billing_periods (company_id, period_start, period_end, plan_id, currency)
      SELECT 'c' || n, '2025-01-01', '2025-02-01', 'standard', 'usd' FROM generate_series(1, 2000) n;
      INSERT INTO billing.usage_periods (company_id, metric, period_start, aggregation, events, quantity)
      SELECT 'c' || n, m, '2025-01-01', 's', 1, n FROM generate_series(1, 2000) n, unnest(ARRAY['order', 'call']) m
      """)
    let pass = try world.report("2025-01-15T12:00:00Z")
    #expect(pass.companies == 2000 && pass.reports == 4000)
    #expect(try world.report("2025-01-15T13:00:00Z").isIdle)
    let wrong = try world.number(
      """
      SELECT count(*) FROM billing.usage_periods u LEFT JOIN billing.meter_reports r USING (company_id, metric, period_start)
      WHERE r.reported IS DISTINCT FROM u.quantity
      """)
    #expect(wrong == 0)
  }
}
