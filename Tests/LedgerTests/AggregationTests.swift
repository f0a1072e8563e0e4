import Billing
import TestBasics
import TestSupport
import Testing

@testable import Ledger

@Suite("Totals equal the ledger", .enabled(if: TestDatabase.isAvailable))
struct AggregationTests {
  /// One step of a random history: a batch at one of the replicas.
  private struct History {
    static let metrics = ["order", "call", "peak", "level", "people", "seconds"]
    /// Around two months' boundaries, and in the middle.
    static let days = [
      "2025-01-30", "2025-01-31", "2025-02-01", "2025-02-02", "2025-02-03", "2025-01-15", "2024-12-31",
    ]
    var generator: SeededGenerator

    mutating func pick<Value>(_ values: [Value]) throws -> Value {
      try #require(values.randomElement(using: &generator))
    }

    mutating func time() throws -> String {
      let hour = try pick(["00", "12", "23"])
      return "\(try pick(Self.days))T\(hour):00:0\(Int.random(in: 0...3, using: &generator))Z"
    }

    /// Few ids, so that repeats, conflicts and voids meet.
    mutating func id() -> String { "id-\(Int.random(in: 0..<60, using: &generator))" }

    mutating func company() throws -> String { try pick(["comp", "fifteenth", "unregistered"]) }

    mutating func record(keys: [UInt8]) throws -> RecordedUsage {
      let metric = try pick(Self.metrics)
      let subject = try person(Int.random(in: 0..<6, using: &generator), keys: keys)
      return try Sample.record(
        id(), metric, "\(Int.random(in: 0..<50, using: &generator)).5", at: time(), company: company(), subject: subject
      )
    }

    mutating func void() throws -> VoidedUsage { try Sample.void(id(), at: time(), company: company()) }
  }

  @Test(
    "after every commit, whatever records, repeats, conflicts and voids come at three replicas",
    arguments: 1...4 as ClosedRange<UInt64>)
  func interleaved(seed: UInt64) throws {
    let world = try World(registering: ["comp"])
    try world.register("fifteenth", anchor: 15)
    let replicas = try (0..<3).map { _ in try world.replica() }
    var history = History(generator: SeededGenerator(seed: seed))
    for _ in 0..<40 {
      let records = try (0..<Int.random(in: 0..<12, using: &history.generator)).map { _ in
        try history.record(keys: [1])
      }
      let voids = try (0..<Int.random(in: 0..<4, using: &history.generator)).map { _ in try history.void() }
      let ledger = try history.pick(replicas)
      let result = try ledger.write(records, voids: voids)
      #expect(result.records.count == records.count)
      try LedgerCheck().run(world)
    }
  }

  @Test("when three replicas write at once and the subjects' key is rotated meanwhile")
  func concurrent() throws {
    let world = try World(registering: ["comp"])
    try world.register("fifteenth", anchor: 15)
    let barrier = Barrier(3)
    try inParallel(3) { [database = world.database] index in
      let ledger = try database.replica()
      var history = History(generator: SeededGenerator(seed: 100 + UInt64(index)))
      for round in 0..<20 {
        try barrier.wait()
        let keys: [UInt8] = round < 10 ? [1] : [2, 1]
        let records = try (0..<15).map { _ in try history.record(keys: keys) }
        try ledger.write(records, voids: [history.void(), history.void(), history.void()])
      }
    }
    try LedgerCheck { Pseudonym(keyID: 1, hash: Array($0.hash.prefix(8))) }.run(world)
  }

  @Test("a metric's minimum is applied to what is counted, the ledger keeps what was sent")
  func minimum() throws {
    let world = try World()
    let calls = ["15", "0", "90", "120", "1800"]
    try world.replica().write(try calls.enumerated().map { try Sample.record("c\($0)", "seconds", $1) })
    #expect(try world.total("seconds") == Quantity(30 + 30 + 90 + 120 + 1800))
    let sent: Quantity = try world.eye.query("SELECT sum(quantity) FROM billing.usage_records").one().decode(at: 0)
    #expect(sent == Quantity(2025))
  }

  @Test("of storage sampled every day the greatest sample is the period's total")
  func maximum() throws {
    let world = try World()
    let samples = try (1...31).map {
      try Sample.record("s\($0)", "peak", "45", at: "2025-01-\($0 < 10 ? "0" : "")\($0)T00:00:00Z")
    }
    try world.replica().write(samples)
    #expect(try world.total("peak") == Quantity(45))
  }

  @Test("the last record is the latest, of two at one moment that with the greater id")
  func last() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Sample.record("b", "level", "5", at: "2025-01-10T00:00:00Z")])
    try ledger.write([Sample.record("a", "level", "6", at: "2025-01-10T00:00:00Z")])
    #expect(try world.total("level") == Quantity(5))
    try ledger.write([Sample.record("c", "level", "7", at: "2025-01-10T00:00:00Z")])
    try ledger.write([Sample.record("d", "level", "8", at: "2025-01-09T00:00:00Z")])
    #expect(try world.total("level") == Quantity(7))
    try LedgerCheck().run(world)
  }
}
