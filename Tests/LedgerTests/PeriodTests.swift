import Billing
import PostgreSQL
import TestBasics
import TestSupport
import Testing

@testable import Ledger

@Suite("Billing periods", .enabled(if: TestDatabase.isAvailable))
struct PeriodTests {
  /// By anchor: the first days of the periods of a leap year and the start of the next.
  static let years: [(anchor: Int, starts: String)] = [
    (1, "01-01 02-01 03-01 04-01 05-01 06-01 07-01 08-01 09-01 10-01 11-01 12-01"),
    (15, "01-15 02-15 03-15 04-15 05-15 06-15 07-15 08-15 09-15 10-15 11-15 12-15"),
    (29, "01-29 02-29 03-29 04-29 05-29 06-29 07-29 08-29 09-29 10-29 11-29 12-29"),
    (30, "01-30 02-29 03-30 04-30 05-30 06-30 07-30 08-30 09-30 10-30 11-30 12-30"),
    (31, "01-31 02-29 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31"),
  ]

  @Test("usage at a period's first and last microsecond is in its row, over a leap year", arguments: years)
  func edges(anchor: Int, starts: String) throws {
    let world = try World(registering: [])
    try world.register("comp", anchor: anchor)
    let ledger = try world.replica()
    let days = try starts.split(separator: " ").map { try date("2024-\($0)") }
    var records: [RecordedUsage] = []
    for day in days {
      for offset in [-1, 0] as [Int64] {
        let time = Instant(microseconds: day.start.microseconds + offset)
        // An id near a month's boundary counts once on both its sides: every record has its own.
        records.append(try Sample.record("\(time)", at: "\(time)"))
      }
    }
    var generator = SeededGenerator(seed: UInt64(anchor))
    for record in records.shuffled(using: &generator) { try ledger.write([record]) }
    for (start, end) in zip(days, days.dropFirst()) {
      // The first microsecond and the last.
      #expect(try world.total("order", "\(start)") == Quantity(2))
      #expect(try world.periods().contains("\(start)/\(end)"))
    }
    try expectContiguous(world)
    try LedgerCheck().run(world)
  }

  @Test("usage older than the first period makes the rows before it, usage after the last those after it")
  func growing() throws {
    let world = try World(registering: [])
    try world.register("comp", anchor: 15)
    let times = ["2025-01-20T00:00:00Z", "2024-02-15T00:00:00Z", "2024-02-14T23:59:59.999999Z", "2025-02-15T00:00:00Z"]
    for (number, time) in times.enumerated() { try world.replica().write([Sample.record("\(number)", at: time)]) }
    #expect(try world.total("order", "2024-02-15") == Quantity(1))
    #expect(try world.total("order", "2024-01-15") == Quantity(1))
    #expect(try world.total("order", "2025-02-15") == Quantity(1))
    #expect(try world.periods().count == 14)
    try expectContiguous(world)
    try LedgerCheck().run(world)
  }

  @Test("a changed anchor makes one shorter period, and the rows before it stay")
  func anchor() throws {
    let world = try World()
    let ledger = try world.replica()
    let january = try instant("2025-01-20T00:00:00Z")
    try ledger.write([Sample.record("a", at: "2025-01-20T00:00:00Z")], now: january)
    #expect(try world.periods() == ["2025-01-01/2025-02-01"])
    try world.register("comp", anchor: 15)
    let times = [
      "2025-01-31T23:59:59.999999Z", "2025-02-01T00:00:00Z", "2025-02-14T23:59:59.999999Z", "2025-02-15T00:00:00Z",
    ]
    // The lane remembers the company from before the change.
    try ledger.write(try times.map { try Sample.record($0, at: $0) })
    #expect(
      try world.periods() == ["2025-01-01/2025-02-01", "2025-02-01/2025-02-15", "2025-02-15/2025-03-15"])
    #expect(try world.total("order", "2025-01-01") == Quantity(2))
    #expect(try world.total("order", "2025-02-01") == Quantity(2))
    #expect(try world.total("order", "2025-02-15") == Quantity(1))
    try LedgerCheck().run(world)
  }

  @Test("replicas that make a company's rows at the same moment make them once and contiguous")
  func concurrently() throws {
    let world = try World(registering: [])
    let barrier = Barrier(4)
    try inParallel(4) { [database = world.database] index in
      let ledger = try database.replica()
      for round in 0..<8 {
        try barrier.wait()
        let month = (index * 3 + round) % 12 + 1
        let time = "2024-\(month < 10 ? "0" : "")\(month)-10T00:00:00Z"
        try ledger.write([Sample.record("\(index)", at: time, company: "c\(round)")])
      }
    }
    for round in 0..<8 {
      #expect(
        try world.number("SELECT sum(events)::bigint FROM billing.usage_periods WHERE company_id = \("c\(round)")") == 4
      )
    }
    try expectContiguous(world)
    try LedgerCheck().run(world)
  }

  private func expectContiguous(_ world: World, location: SourceLocation = #_sourceLocation) throws {
    let gaps = try world.number(
      """
      SELECT count(*) FROM (
        SELECT period_start, lag(period_end) OVER (PARTITION BY company_id ORDER BY period_start) AS before
        FROM billing.billing_periods) p
      WHERE before <> period_start
      """)
    #expect(gaps == 0, sourceLocation: location)
  }
}
