import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("Thresholds", .enabled(if: TestDatabase.isAvailable))
struct ThresholdTests {
  @Test("7,999 orders announce nothing, one more the warning")
  func oneMore() throws {
    let world = try World()
    let ledger = try world.replica()
    #expect(try ledger.write([Sample.record("a", "order", "7999")]).alerts == 0)
    #expect(try world.owed() == [])
    #expect(try ledger.write([Sample.record("b")]).alerts == 1)
    #expect(try world.owed() == ["order 10000 0.8 8000"])
    let body = try #require(try world.texts("SELECT body FROM billing.event_outbox").first)
    for field in [
      #""currentUsage":8000,"#, #""estimatedCost":800.00,"#, #""currency":"usd""#, #""severity":"warning""#,
      #""periodStart":"2025-01-01T00:00:00Z""#, #""periodEnd":"2025-02-01T00:00:00Z""#,
    ] { #expect(body.contains(field), "\(body)") }
  }

  @Test("a batch from 0 to 12,000 announces both levels, lowest first, with the same usage")
  func jump() throws {
    let world = try World()
    let batch = try (0..<12).map { try Sample.record("r\($0)", "order", "1000") }
    #expect(try world.replica().write(batch).alerts == 2)
    #expect(try world.owed() == ["order 10000 0.8 12000", "order 10000 1 12000"])
    let severities = try world.texts("SELECT body::json->>'severity' FROM billing.event_outbox ORDER BY event_id")
    #expect(severities == ["warning", "alert"])
  }

  @Test("the later level has the later time, also when its lane looked at the clock first")
  func clock() throws {
    let world = try World()
    let ledger = try world.replica()
    let early = World.now.adding(seconds: -3600)
    _ = try ledger.write(records: [Sample.record("a", "order", "8000")], now: World.now)
    _ = try ledger.write(records: [Sample.record("b", "order", "2000")], now: early)
    let levels = try world.texts("SELECT level::text FROM billing.alerts ORDER BY occurred_at")
    #expect(levels.map { Quantity($0) } == [Quantity("0.8"), Quantity(1)])
  }

  @Test("falling and rising again announces nothing anew, at any replica")
  func falling() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Sample.record("a", "order", "9000")])
    try ledger.write([], voids: [Sample.void("a")])
    #expect(try world.total() == .zero)
    #expect(try ledger.write([Sample.record("b", "order", "9000")]).alerts == 0)
    try world.replica().write([], voids: [Sample.void("b")])
    #expect(try world.replica().write([Sample.record("c", "order", "9500")]).alerts == 0)
    #expect(try world.replica().write([Sample.record("d", "order", "500")]).alerts == 1)
    #expect(try world.owed() == ["order 10000 0.8 9000", "order 10000 1 10000"])
  }

  @Test("a raised threshold announces anew, under another id")
  func raised() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Sample.record("a", "order", "9000")])
    try world.setThreshold("20000")
    #expect(try ledger.write([Sample.record("b", "order", "7000")]).alerts == 1)
    #expect(try world.owed() == ["order 10000 0.8 9000", "order 20000 0.8 16000"])
    #expect(try world.number("SELECT count(DISTINCT message_id) FROM billing.alerts") == 2)
  }

  @Test("a company's own levels are announced, each once")
  func levels() throws {
    let world = try World()
    try world.setThreshold(nil, levels: ["0.5", "0.9", "1.5"])
    let ledger = try world.replica()
    for (number, quantity) in ["4999", "1", "4000", "1000", "5000", "100000"].enumerated() {
      try ledger.write([Sample.record("\(number)", "order", quantity)])
    }
    #expect(
      try world.owed() == ["order 10000 0.5 5000", "order 10000 0.9 9000", "order 10000 1.5 15000"])
  }

  @Test("a threshold that begins on a later day warns from that day on, also a lane that has looked before")
  func laterDay() throws {
    let world = try World()
    try world.setThreshold("5000", from: "2025-01-20")
    let ledger = try world.replica()
    let before = try instant("2025-01-19T23:59:59Z")
    try ledger.write([Sample.record("a", "order", "6000")], now: before)
    #expect(try world.owed() == [])
    try ledger.write([Sample.record("b")], now: try instant("2025-01-20T00:00:00Z"))
    #expect(try world.owed() == ["order 5000 0.8 6001", "order 5000 1 6001"])
  }

  @Test("unregistered companies are counted, and warned of nothing until somebody registers them")
  func unregistered() throws {
    let world = try World(registering: [])
    let ledger = try world.replica()
    #expect(try ledger.write([Sample.record("a", "order", "9000")]).alerts == 0)
    #expect(try world.total() == Quantity(9000))
    try world.register("comp")
    #expect(try ledger.write([Sample.record("b")]).alerts == 1)
    #expect(try world.owed() == ["order 10000 0.8 9001"])
  }

  @Test("a closed period is counted into and announces nothing")
  func closed() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Sample.record("a", "order", "7999")])
    try world.eye.execute("UPDATE billing.billing_periods SET closed_at = now() WHERE period_start = '2025-01-01'")
    #expect(try ledger.write([Sample.record("b", "order", "5000")]).alerts == 0)
    #expect(try world.total() == Quantity(12999))
    #expect(try world.owed() == [])
  }

  @Test("a message's id is the same whoever announces")
  func deterministic() throws {
    let ids = try (0..<2).map { round in
      let world = try World()
      try world.replica().write([Sample.record("r\(round)", "order", "\(9000 + round)")])
      return try world.texts("SELECT message_id::text FROM billing.event_outbox")
    }
    #expect(ids[0] == ids[1])
    #expect(ids[0].count == 1)
  }

  @Test("what a batch takes back itself is not announced, and usage is what is committed")
  func takenBack() throws {
    let world = try World()
    let ledger = try world.replica()
    let both = try [Sample.record("a", "peak", "120"), Sample.record("b", "peak", "85")]
    #expect(try ledger.write(both, voids: [Sample.void("a")]).alerts == 1)
    #expect(try world.total("peak") == Quantity(85))
    #expect(try world.owed() == ["peak 100 0.8 85"])
  }

  @Test("a batch that failed after announcing announces when it is tried again")
  func rolledBack() throws {
    let world = try World()
    let ledger = try world.replica()
    try world.eye.execute("ALTER TABLE billing.event_outbox ADD CONSTRAINT shut CHECK (false)")
    #expect(throws: LedgerError.self) { try ledger.write([Sample.record("a", "order", "9000")]) }
    try world.eye.execute("ALTER TABLE billing.event_outbox DROP CONSTRAINT shut")
    #expect(try ledger.write([Sample.record("a", "order", "9000")]).alerts == 1)
    #expect(try world.owed() == ["order 10000 0.8 9000"])
  }

  @Test("replicas that cross at the same moment announce once, in the order of the levels")
  func concurrently() throws {
    let names = (0..<20).map { "c\($0)" }
    let world = try World(registering: names)
    let barrier = Barrier(3)
    try inParallel(3) { [database = world.database] index in
      let ledger = try database.replica()
      for name in names {
        let record = try Sample.record("r\(index)", "order", "4000", company: name)
        try barrier.wait()
        try ledger.write([record])
      }
    }
    for name in names {
      #expect(try world.owed(name) == ["order 10000 0.8 8000", "order 10000 1 12000"])
    }
  }
}
