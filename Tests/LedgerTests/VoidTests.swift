import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("A record is taken back once", .enabled(if: TestDatabase.isAvailable))
struct VoidTests {
  private static let duplicate = Outcome.duplicate(isConflict: false)

  /// Two records of each metric of which one is taken back.
  static let metrics: [(metric: String, before: String, after: String)] = [
    ("order", "3", "7"), ("call", "3", "7"), ("peak", "3", "7"), ("level", "3", "7"), ("people", "3", "7"),
    ("seconds", "3", "70"),
  ]

  @Test("a void after its record takes it out of the totals, a second one does nothing")
  func after() throws {
    let world = try World(registering: Self.metrics.map(\.metric))
    let ledger = try world.replica()
    for (name, first, second) in Self.metrics {
      let early = "2025-01-10T00:00:00Z"
      let late = "2025-01-10T00:00:01Z"
      try ledger.write([
        Sample.record("a", name, first, at: early, company: name, subject: person(1)),
        Sample.record("b", name, second, at: late, company: name, subject: person(2)),
      ])
      let void = try Sample.void("b", at: late, company: name)
      #expect(try ledger.write([], voids: [void]).voids == [.voided])
      try LedgerCheck().run(world)
      #expect(try world.replica().write([], voids: [void, void]).voids == [Self.duplicate, Self.duplicate])
      try LedgerCheck().run(world)
      // The record cannot come again.
      let again = try Sample.record("b", name, second, company: name, subject: person(2))
      #expect(try ledger.write([again]).records == [Self.duplicate])
      #expect(try ledger.write([], voids: [Sample.void("a", at: early, company: name)]).voids == [.voided])
      #expect(try world.total(name, company: name) == .zero)
      try LedgerCheck().run(world)
    }
  }

  @Test("a void before its record keeps it out, and both are in the ledger")
  func before() throws {
    let world = try World(registering: Self.metrics.map(\.metric))
    let ledger = try world.replica()
    for (name, first, _) in Self.metrics {
      let void = try Sample.void("a", company: name)
      #expect(try ledger.write([], voids: [void, void]).voids == [.awaitingRecord, Self.duplicate])
      #expect(try world.replica().write([], voids: [void]).voids == [Self.duplicate])
      let record = try Sample.record("a", name, first, company: name, subject: person(1))
      #expect(try ledger.write([record]).records == [.voided])
      #expect(try ledger.write([record]).records == [Self.duplicate])
      #expect(try ledger.write([], voids: [void]).voids == [Self.duplicate])
      let rows = try world.texts(
        "SELECT kind::text || usage_id FROM billing.usage_records WHERE company_id = \(name) ORDER BY 1")
      #expect(rows == ["ua", "vvoid:a"])
      #expect(try world.total(name, company: name) == nil)
    }
    try LedgerCheck().run(world)
  }

  @Test("record and void of one batch come to nothing, in either order of the batch before")
  func together() throws {
    let world = try World()
    let result = try world.replica().write([Sample.record("a"), Sample.record("b")], voids: [Sample.void("a")])
    #expect(result.records == [.counted, .counted])
    #expect(result.voids == [.voided])
    #expect(try world.total() == Quantity(1))
    try LedgerCheck().run(world)
  }

  @Test("a void with a time across the boundary finds its record, before and after it")
  func boundary() throws {
    let world = try World(registering: ["forth", "back"])
    let ledger = try world.replica()
    let cases = [
      ("forth", "2025-01-31T10:00:00Z", "2025-02-01T10:00:00Z"),
      ("back", "2025-02-01T10:00:00Z", "2025-01-31T10:00:00Z"),
    ]
    for (name, recorded, voided) in cases {
      try ledger.write([Sample.record("a", at: recorded, company: name)])
      #expect(try ledger.write([], voids: [Sample.void("a", at: voided, company: name)]).voids == [.voided])
      #expect(try ledger.write([], voids: [Sample.void("b", at: voided, company: name)]).voids == [.awaitingRecord])
      #expect(try ledger.write([Sample.record("b", at: recorded, company: name)]).records == [.voided])
      #expect(try ledger.write([], voids: [Sample.void("b", at: recorded, company: name)]).voids == [Self.duplicate])
    }
    try LedgerCheck().run(world)
  }

  @Test("a record near a boundary that a void from the month's middle awaited is kept out on the other side too")
  func awaitedNearBoundary() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([], voids: [Sample.void("a", at: "2025-01-15T00:00:00Z")])
    #expect(try ledger.write([Sample.record("a", at: "2025-01-31T00:00:00Z")]).records == [.voided])
    #expect(try ledger.write([Sample.record("a", at: "2025-02-01T00:00:00Z")]).records == [Self.duplicate])
    #expect(try world.total("order", "2025-02-01") == nil)
    try LedgerCheck().run(world)
  }

  @Test("a void from a month's middle is awaited there, though its first days are reserved for the month before")
  func awaitedWhereReserved() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Sample.record("a", at: "2025-01-31T00:00:00Z")])
    #expect(try ledger.write([], voids: [Sample.void("a", at: "2025-02-15T00:00:00Z")]).voids == [.awaitingRecord])
    #expect(try ledger.write([Sample.record("a", at: "2025-02-01T00:00:00Z")]).records == [Self.duplicate])
    #expect(try ledger.write([Sample.record("a", at: "2025-02-15T00:00:00Z")]).records == [.voided])
    #expect(try ledger.write([Sample.record("a", at: "2025-02-01T00:00:00Z")]).records == [Self.duplicate])
    #expect(try world.total("order", "2025-01-01") == Quantity(1))
    try LedgerCheck().run(world)
    #expect(try ledger.write([], voids: [Sample.void("a", at: "2025-01-31T12:00:00Z")]).voids == [.voided])
    #expect(try world.total("order", "2025-01-01") == .zero)
    try LedgerCheck().run(world)
  }

  @Test("a void whose record lies in a period that another replica made finds that period")
  func periodOfAnotherReplica() throws {
    let world = try World(registering: [])
    try world.register("comp", anchor: 15)
    let one = try world.replica()
    let two = try world.replica()
    // The first replica knows the periods from the middle of January on; then the second puts one in front.
    try one.write([Sample.record("x", at: "2025-01-20T00:00:00Z")])
    try two.write([Sample.record("y", at: "2025-01-02T00:00:00Z")])
    // The batch counts for the same company, of which nothing may be there twice.
    let records = try [Sample.record("z", at: "2025-01-21T00:00:00Z")]
    #expect(try one.write(records, voids: [Sample.void("y", at: "2025-01-25T00:00:00Z")]).voids == [.voided])
    #expect(try world.total("order", "2024-12-15") == .zero)
    #expect(try world.total("order", "2025-01-15") == Quantity(2))
    try LedgerCheck().run(world)
  }

  @Test("what takes a record back is not taken back itself")
  func ofVoid() throws {
    let world = try World()
    let ledger = try world.replica()
    #expect(try ledger.write([], voids: [Sample.void("void:a")]).voids == [Self.duplicate])
    try ledger.write([Sample.record("a")], voids: [Sample.void("a")])
    #expect(try ledger.write([], voids: [Sample.void("void:a")]).voids == [Self.duplicate])
    #expect(try world.total() == .zero)
  }

  @Test("void and record at the same moment at two replicas leave nothing counted, in many rounds")
  func concurrently() throws {
    let world = try World()
    let barrier = Barrier(2)
    let rounds = 60
    let isNear = ["2025-01-15T00:00:00Z", "2025-01-31T23:00:00Z"]
    let across = ["2025-01-15T00:00:00Z", "2025-02-01T01:00:00Z"]
    try inParallel(2) { [database = world.database] index in
      let ledger = try database.replica()
      for round in 0..<rounds {
        let side = round % 2
        try barrier.wait()
        if index == 0 {
          try ledger.write([
            Sample.record("r\(round)", at: isNear[side]), Sample.record("s\(round)", "peak", "\(round)"),
          ])
        } else {
          try ledger.write([], voids: [Sample.void("r\(round)", at: across[side]), Sample.void("s\(round)")])
        }
      }
    }
    #expect(try world.total() ?? .zero == .zero)
    #expect(try world.total("peak") ?? .zero == .zero)
    #expect(try world.number("SELECT count(*) FROM billing.usage_records WHERE kind = 'v'") == 2 * rounds)
    let others: SQL =
      "SELECT count(*) FROM billing.usage_records WHERE kind = 'a' OR (NOT voided AND kind <> 'r')"
    #expect(try world.number(others) == rounds * 2)
    try LedgerCheck().run(world)
  }

  @Test("the same voids at two replicas in opposite orders are done once each")
  func oppositeOrders() throws {
    let world = try World()
    let ids = (0..<300).map { "v\($0)" }
    try world.replica().write(try ids.map { try Sample.record($0) })
    let barrier = Barrier(2)
    try inParallel(2) { [database = world.database] index in
      let ledger = try database.replica()
      for start in stride(from: 0, to: ids.count, by: 100) {
        let part = Array(ids[start..<start + 100])
        let voids = try (index == 0 ? part : part.reversed()).map { try Sample.void($0) }
        try barrier.wait()
        try ledger.write([], voids: voids)
      }
      try ledger.connection.execute("SELECT pg_stat_force_next_flush()")
    }
    #expect(try world.deadlocks() == 0)
    #expect(try world.total() == .zero)
    #expect(try world.number("SELECT count(*) FROM billing.usage_records WHERE kind = 'v'") == 300)
    try LedgerCheck().run(world)
  }
}
