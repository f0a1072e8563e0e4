import Billing
import TestBasics
import TestSupport
import Testing

@testable import Ledger

@Suite("Different subjects", .enabled(if: TestDatabase.isAvailable))
struct SubjectTests {
  /// Pseudonyms of one person differ in the key only.
  private let check = LedgerCheck { Pseudonym(keyID: 1, hash: Array($0.hash.prefix(8))) }

  @Test("a subject counts once a day and once a period")
  func once() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([
      Sample.record("a", "people", at: "2025-01-10T00:00:00Z", subject: person(1)),
      Sample.record("b", "people", at: "2025-01-10T01:00:00Z", subject: person(1)),
      Sample.record("c", "people", at: "2025-01-11T00:00:00Z", subject: person(1)),
      Sample.record("d", "people", at: "2025-01-11T00:00:00Z", subject: person(2)),
      Sample.record("e", "people", at: "2025-02-11T00:00:00Z", subject: person(1)),
    ])
    #expect(try world.daily("people", "2025-01-10") == Quantity(1))
    #expect(try world.daily("people", "2025-01-11") == Quantity(2))
    #expect(try world.total("people") == Quantity(2))
    #expect(try world.total("people", "2025-02-01") == Quantity(1))
    try check.run(world)
  }

  @Test("a subject known by an older key is no new one, and is taken back under either")
  func rotation() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Sample.record("a", "people", subject: person(1, keys: [1]))])
    try ledger.write([Sample.record("b", "people", subject: person(1, keys: [2, 1]))])
    try ledger.write([Sample.record("c", "people", subject: person(1, keys: [3, 2, 1]))])
    #expect(try world.total("people") == Quantity(1))
    try check.run(world)
    for id in ["a", "b"] {
      try ledger.write([], voids: [Sample.void(id)])
      #expect(try world.total("people") == Quantity(1))
      try check.run(world)
    }
    try ledger.write([], voids: [Sample.void("c")])
    #expect(try world.total("people") == .zero)
    try check.run(world)
  }

  @Test("while replicas have different keys none gets stuck, and whoever has all of them makes one of two")
  func mixedKeys() throws {
    let world = try World()
    let new = try world.replica()
    let old = try world.replica()
    try old.write([Sample.record("a", "people", subject: person(1, keys: [1]))])
    try new.write([Sample.record("b", "people", subject: person(1, keys: [2, 1]))])
    // Without the newer key the person cannot be recognised.
    try old.write([Sample.record("c", "people", subject: person(1, keys: [1]))])
    #expect(try world.total("people") == Quantity(2))
    #expect(
      try new.write([Sample.record("d", "people", subject: person(1, keys: [2, 1]))]).records == [.counted])
    #expect(try world.total("people") == Quantity(1))
    try check.run(world)
    try new.write([], voids: ["a", "b", "c"].map { try Sample.void($0) })
    #expect(try world.total("people") == Quantity(1))
    try new.write([], voids: [Sample.void("d")])
    #expect(try world.total("people") == .zero)
    try check.run(world)
  }

  @Test("replicas that meet the same subjects in different orders do not deadlock")
  func orders() throws {
    let world = try World()
    let subjects = 150
    let barrier = Barrier(3)
    try inParallel(3) { [database = world.database] index in
      let ledger = try database.replica()
      var generator = SeededGenerator(seed: UInt64(index))
      for round in 0..<4 {
        let people = (0..<subjects).shuffled(using: &generator)
        let batch = try people.enumerated().map { place, subject in
          try Sample.record("\(index)-\(round)-\(1000 + place)", "people", subject: person(subject))
        }
        try barrier.wait()
        try ledger.write(batch)
      }
      try ledger.connection.execute("SELECT pg_stat_force_next_flush()")
    }
    #expect(try world.total("people") == Quantity(subjects))
    #expect(try world.deadlocks() == 0)
    try check.run(world)
  }
}
