import Billing
import Invoicing
import Ledger
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite("Closing while others count and close", .enabled(if: TestDatabase.isAvailable))
struct CloseRaceTests {
  private static func world(_ count: Int) throws -> World {
    let world = try World()
    for index in 0..<count { try world.register("c\(index)", mode: .off) }
    return world
  }

  private static func record(_ company: Int, _ id: String, _ metric: String = "order") throws -> RecordedUsage {
    RecordedUsage(
      usageID: UsageID(trusted: id), companyID: try #require(CompanyID("c\(company)")),
      metric: Metric(
        name: try #require(MetricName(metric)), unit: "one", source: .message,
        aggregation: metric == "call" ? .count : .sum, minimumPerEvent: nil),
      quantity: Quantity(1), timestamp: try #require(Instant("2025-01-15T12:00:00Z")))
  }

  @Test("records and voids committed while periods are closed are on exactly one line each, whoever was first")
  func recorders() throws {
    let world = try Self.world(8)
    let database = world.database
    let now = try instant("2025-02-01T01:00:00Z")
    let running = Atomic<Int>(4)
    let later = ["2025-02-01T01:00:00Z", "2025-03-01T01:00:00Z", "2025-04-01T01:00:00Z", "2025-05-01T01:00:00Z"]
    try inParallel(6) { thread in
      if thread < 4 {
        defer { running.subtract(1, ordering: .sequentiallyConsistent) }
        let ledger = try Ledger(connection: .forLedger(database.configuration))
        for round in 0..<40 {
          let records = try (0..<8).flatMap { company in
            try [Self.record(company, "\(thread)-\(round)"), Self.record(company, "c\(thread)-\(round)", "call")]
          }
          let voids = try (0..<8).filter { _ in round > 0 && round.isMultiple(of: 3) }.map {
            VoidedUsage(
              usageID: UsageID(trusted: "\(thread)-\(round - 1)"), companyID: try #require(CompanyID("c\($0)")),
              timestamp: try #require(Instant("2025-01-15T12:00:00Z")), reason: "wrong")
          }
          _ = try ledger.write(records: records, voids: voids, now: now)
        }
      } else {
        // Months go by while January's usage still comes in.
        let connection = try Connection.forLedger(database.configuration)
        var month = 0
        while running.load(ordering: .sequentiallyConsistent) > 0 {
          let time = try #require(Instant(later[min(month, later.count - 1)]))
          _ = try PeriodClose(connection, grace: World.grace).run(now: time)
          month += 1
        }
      }
    }
    try world.close("2025-06-01T01:00:00Z")
    #expect(
      try world.number("SELECT count(*) FROM billing.usage_records WHERE after_lines IS NOT NULL") > 0)
    #expect(
      try world.texts(
        """
        SELECT u.company_id FROM billing.usage_periods u
        LEFT JOIN billing.metric_charges m USING (company_id, metric, period_start)
        WHERE u.quantity <> coalesce(m.charged_quantity, 0)
        """) == [])
    #expect(try world.number("SELECT count(*) FROM billing.metric_charges WHERE lines > 1") > 0)
    try world.checkInvoices()
  }

  @Test("two closers at once make each invoice once")
  func closers() throws {
    let world = try Self.world(300)
    for index in 0..<300 { try world.use("c\(index)", "order", "10", at: "2025-01-10T08:00:00Z") }
    let database = world.database
    let now = try instant("2025-03-01T01:00:00Z")
    let periods = Atomic<Int>(0)
    try inParallel(3) { _ in
      let pass = try PeriodClose(.forLedger(database.configuration), grace: World.grace).run(now: now)
      periods.add(pass.periods, ordering: .sequentiallyConsistent)
    }
    // A pass that finds a company's older period being closed leaves the younger one to the next.
    periods.add(try world.close("2025-03-01T01:00:00Z").periods, ordering: .sequentiallyConsistent)
    #expect(periods.load(ordering: .sequentiallyConsistent) == 600)
    #expect(try world.number("SELECT count(*) FROM billing.invoices") == 600)
    #expect(try world.number("SELECT count(*) FROM billing.invoice_lines WHERE kind = 'usage'") == 300)
    try world.checkInvoices()
  }

  @Test("a connection cut inside COMMIT leaves all or nothing, and the next pass finds which")
  func cut() throws {
    let world = try Self.world(3)
    for index in 0..<3 { try world.use("c\(index)", "order", "10", at: "2025-01-10T08:00:00Z") }
    let error = #expect(throws: InvoicingError.self) {
      try world.close("2025-02-01T01:00:00Z", failpoints: "period_close.inside_commit=cut")
    }
    #expect(error?.isConnectionLost == true)
    try world.close("2025-02-01T01:00:00Z")
    #expect(try world.number("SELECT count(*) FROM billing.invoices") == 3)
    #expect(try world.close("2025-02-01T01:00:00Z") == PeriodCloseSummary())
    try world.checkInvoices()
  }
}
