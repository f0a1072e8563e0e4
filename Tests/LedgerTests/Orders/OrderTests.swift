import Billing
import PostgreSQL
import TestBasics
import TestSupport
import Testing

@testable import Ledger

@Suite("An order is billed once in its life", .enabled(if: TestDatabase.isAvailable))
struct OrderTests {
  @Test("every order of arrival of seven events comes to the same record, one event at a time")
  func permutationsOfOrder() throws {
    let world = try World()
    let ledger = try world.replica()
    // Two sendings, a code that comes late, a modality that says otherwise, a cancellation, across a month's end.
    func events(_ number: Int) throws -> [OrderEvent] {
      [
        try Event.order(number, .sentToRadiology, at: "2025-01-31T23:00:00Z", modality: .standard),
        try Event.order(number, .scheduled, at: "2025-02-01T08:00:00Z", code: .advanced),
        try Event.order(number, .completed, at: "2025-02-03T08:00:00Z"),
        try Event.order(number, .resultsAvailable, at: "2025-02-03T08:00:00Z", id: 2, code: .standard),
        try Event.order(number, .sentToRadiology, at: "2025-02-10T08:00:00Z", modality: .advanced),
        try Event.order(number, .cancelled, at: "2025-02-11T08:00:00Z"),
        try Event.order(number, .resultsAcknowledged, at: "2025-02-12T08:00:00Z"),
      ]
    }
    let orders = permutations(7)
    #expect(orders.count == 5040)
    for step in 0..<7 {
      let batch = try orders.enumerated().map { number, order in try events(number)[order[step]] }
      try ledger.write(batch)
    }
    #expect(try world.standingCounts() == ["radiology_advanced 2025-01-31": 5040])
    let states = try world.texts(
      """
      SELECT DISTINCT concat_ws(' ', sent_at AT TIME ZONE 'UTC', code_class, modality_class, recorded_class,
        recorded_at AT TIME ZONE 'UTC', cancelled_at AT TIME ZONE 'UTC') FROM billing.orders
      """)
    #expect(states == ["2025-01-31 23:00:00 a s a 2025-01-31 23:00:00 2025-02-11 08:00:00"])
    #expect(try world.total("radiology_advanced", "2025-01-01") == Quantity(5040))
    #expect(try world.total("radiology_advanced", "2025-02-01") ?? .zero == .zero)
    #expect(try world.total("radiology_standard", "2025-02-01") ?? .zero == .zero)
    try LedgerCheck().run(world)
    // All of it again, in one batch: nothing is new.
    let again = try ledger.write(try (0..<100).flatMap { try events($0) })
    #expect(again.counted == 0 && again.voided == 0 && again.duplicates == 700)
  }

  @Test("sent again in a later month, an order costs nothing more; cancelled alone, it costs nothing")
  func onceInLife() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Event.order(1, .sentToRadiology, at: "2025-01-10T00:00:00Z", modality: .standard)])
    let again = try ledger.write([
      Event.order(1, .sentToRadiology, at: "2025-02-12T00:00:00Z", modality: .advanced),
      Event.order(2, .cancelled, at: "2025-02-12T00:00:00Z", modality: .advanced),
    ])
    #expect(again.counted == 0 && again.voided == 0)
    #expect(try world.standing() == ["radiology_standard 2025-01-10"])
    try LedgerCheck().run(world)
  }

  @Test("what comes later and is earlier takes the record back and records anew, in the same month and in another")
  func amendments() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Event.order(1, .completed, at: "2025-02-12T00:00:00Z")])
    #expect(try world.standing() == ["radiology_standard 2025-02-12"])
    // A modality, then a code that says otherwise: the class changes twice in one month.
    let first = try ledger.write([Event.order(1, .scheduled, at: "2025-02-12T00:00:00Z", id: 2, modality: .advanced)])
    #expect(first.counted == 1 && first.voided == 1)
    try ledger.write([Event.order(1, .scheduled, at: "2025-02-12T00:00:00Z", id: 3, code: .standard)])
    #expect(try world.standing() == ["radiology_standard 2025-02-12"])
    // Earlier, near the months' boundary, and earlier still, in another month.
    try ledger.write([Event.order(1, .scheduled, at: "2025-02-01T00:00:00Z")])
    try ledger.write([Event.order(1, .sentToRadiology, at: "2025-01-31T00:00:00Z")])
    try ledger.write([Event.order(1, .sentToRadiology, at: "2024-11-05T00:00:00Z")])
    #expect(try world.standing() == ["radiology_standard 2024-11-05"])
    #expect(try world.number("SELECT count(*) FROM billing.usage_records WHERE kind = 'v'") == 5)
    let ids = try world.texts(
      "SELECT substr(usage_id, 43) FROM billing.usage_records WHERE kind = 'u' ORDER BY usage_id")
    #expect(ids == ["", ":2", ":3", ":4", ":5", ":6"])
    try LedgerCheck().run(world)
  }

  @Test(
    "once its period is closed a record stands, and the difference is told; an open one may go into a closed period")
  func closed() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([
      Event.order(1, .completed, at: "2025-01-12T00:00:00Z"), Event.order(2, .completed, at: "2025-02-02T00:00:00Z"),
    ])
    try world.close("2025-01-01")
    let late = try ledger.write([
      Event.order(1, .sentToRadiology, at: "2025-01-11T00:00:00Z", code: .advanced),
      Event.order(2, .sentToRadiology, at: "2025-01-20T00:00:00Z"),
    ])
    #expect(late.differences == 1 && late.voided == 1 && late.counted == 1)
    #expect(try world.standing() == ["radiology_standard 2025-01-12", "radiology_standard 2025-01-20"])
    let repeated = try ledger.write([Event.order(1, .sentToRadiology, at: "2025-01-11T00:00:00Z", code: .advanced)])
    #expect(repeated.duplicates == 1 && repeated.voided == 0)
    let report = try OrderReporter(world.eye).report(
      company("comp"), days: try #require(BillingPeriod(start: date("2025-01-01"), end: date("2025-02-01"))),
      today: World.now.date)
    #expect(report.orders == 2 && report.differing == 1 && report.unclassified == 1)
    try LedgerCheck().run(world)
  }

  @Test("what a person has taken back is not billed again by what comes later")
  func takenBackByPerson() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Event.order(1, .completed, at: "2025-02-12T00:00:00Z")])
    let id = try #require(try world.texts("SELECT usage_id FROM billing.usage_records").first)
    try ledger.write([], voids: [Sample.void(id, at: "2025-02-12T00:00:00Z")])
    let later = try ledger.write([Event.order(1, .scheduled, at: "2025-02-11T00:00:00Z", code: .advanced)])
    #expect(later.counted == 0 && later.differences == 1)
    #expect(try world.standing() == [])
    try ledger.write([Event.order(2, .completed, at: "2025-02-13T00:00:00Z")])
    let days = try #require(BillingPeriod(start: date("2025-02-01"), end: date("2025-03-01")))
    let report = try OrderReporter(world.eye).report(company("comp"), days: days, today: World.now.date)
    #expect(report.orders == 1 && report.unclassified == 1 && report.differing == 0)
    try LedgerCheck().run(world)
  }

  @Test("replicas that get the same events in other orders and other batches come to one record for each order")
  func replicas() throws {
    let world = try World(registering: ["comp", "other"])
    let orders = 150
    var events: [OrderEvent] = []
    for number in 0..<orders {
      let company = number % 3 == 0 ? "other" : "comp"
      for (index, stage) in OrderStage.allCases.enumerated() {
        events.append(
          try Event.order(
            number, stage, at: "2025-02-\(10 + index)T00:00:00Z", code: index == 3 ? .advanced : nil, company: company))
      }
    }
    let all = events
    try inParallel(3) { [database = world.database] index in
      let ledger = try database.replica()
      var random = SeededGenerator(seed: UInt64(index))
      var rest = all.shuffled(using: &random)[...]
      while !rest.isEmpty {
        let batch = rest.prefix(40)
        try ledger.write(Array(batch))
        rest = rest.dropFirst(batch.count)
      }
    }
    #expect(try world.standingCounts() == ["radiology_advanced 2025-02-10": 100])
    #expect(try world.standingCounts("other") == ["radiology_advanced 2025-02-10": 50])
    #expect(try world.number("SELECT count(*) FROM billing.orders") == orders)
    #expect(try world.number("SELECT count(*) FROM billing.subjects") == orders)
    try LedgerCheck().run(world)
  }
}
