import Billing
import TestBasics
import TestSupport
import Testing

@testable import Ledger

@Suite("An id counts once", .enabled(if: TestDatabase.isAvailable))
struct DuplicateTests {
  private static let duplicate = Outcome.duplicate(isConflict: false)
  private static let conflict = Outcome.duplicate(isConflict: true)

  @Test("inside a batch, in later batches, through another replica, and with another time in the month")
  func everywhere() throws {
    let world = try World()
    let one = try world.replica()
    let two = try world.replica()
    let first = try one.write([Sample.record("x"), Sample.record("x"), Sample.record("y")])
    #expect(first.records == [.counted, Self.duplicate, .counted])
    #expect(try one.write([Sample.record("x")]).records == [Self.duplicate])
    #expect(try two.write([Sample.record("x"), Sample.record("z")]).records == [Self.duplicate, .counted])
    let other = try Sample.record("x", at: "2025-01-03T00:00:00Z")
    #expect(try two.write([other]).records == [Self.duplicate])
    #expect(try world.total() == Quantity(3))
    try LedgerCheck().run(world)
  }

  /// First and second time of one id, and whether the second counts.
  static let boundaries: [(first: String, second: String, counts: Bool)] = [
    ("2025-01-31T23:59:59.999999Z", "2025-02-01T00:00:00Z", false),
    ("2025-02-01T00:00:00Z", "2025-01-31T23:59:59.999999Z", false),
    ("2025-01-30T00:00:00Z", "2025-02-02T23:59:59.999999Z", false),
    ("2025-02-02T23:59:59.999999Z", "2025-01-30T00:00:00Z", false),
    ("2025-01-29T23:59:59.999999Z", "2025-02-01T00:00:00Z", true),
    ("2025-02-03T00:00:00Z", "2025-01-31T00:00:00Z", true),
    ("2025-01-31T00:00:00Z", "2025-02-03T00:00:00Z", true),
  ]

  @Test("across a month's boundary, both ways, and not three days away")
  func boundary() throws {
    let world = try World()
    for (first, second, counts) in Self.boundaries {
      let wanted: Outcome = counts ? .counted : Self.duplicate
      let id = "\(first) \(second)"
      // In two batches of two replicas, and in one.
      #expect(try world.replica().write([Sample.record(id, at: first)]).records == [.counted])
      #expect(try world.replica().write([Sample.record(id, at: second)]).records == [wanted])
      let both = try [Sample.record("both " + id, at: first), Sample.record("both " + id, at: second)]
      #expect(try world.replica().write(both).records == [.counted, wanted])
    }
    try LedgerCheck().run(world)
  }

  /// Both sides of two boundaries, their two days' ends, and the middle of months.
  static let times = [
    "2025-01-10", "2025-01-29", "2025-01-30", "2025-01-31", "2025-02-01", "2025-02-02", "2025-02-03", "2025-02-15",
    "2025-02-27", "2025-02-28", "2025-03-01", "2025-03-15",
  ].map { $0 + "T12:00:00Z" }

  /// What the rule says of one id's records, in the order in which they come.
  private func counts(_ times: [String]) throws -> [Bool] {
    var counted: [(month: CivilDate, boundary: CivilDate?)] = []
    return try times.map { time in
      let day = try instant(time).date
      let (month, boundary) = (day.firstOfMonth, Boundary.near(day, month: day.firstOfMonth))
      guard !counted.contains(where: { $0.month == month || (boundary != nil && $0.boundary == boundary) }) else {
        return false
      }
      counted.append((month, boundary))
      return true
    }
  }

  /// By whichever way in: copied; inserted; at once in one batch.
  @Test("whichever three times one id comes with, in any order", arguments: ["copied", "inserted", "in one batch"])
  func threeTimes(_ way: String) throws {
    let world = try World()
    let ledger = try world.replica()
    let triples = Self.times.flatMap { one in
      Self.times.flatMap { two in Self.times.map { three in [one, two, three] } }
    }.filter { Set($0).count == 3 }
    let records = try triples.map { triple in try triple.map { try Sample.record(triple.joined(), at: $0) } }
    let wanted = try triples.map(counts)
    if way == "in one batch" {
      let result = try ledger.write(records.flatMap { $0 })
      #expect(result.records == wanted.joined().map { $0 ? .counted : Self.duplicate })
    } else {
      for turn in 0..<3 {
        let result = try ledger.write(
          records: records.map { $0[turn] }, expectingRepeats: way == "inserted", now: World.now)
        #expect(result.records == wanted.map { $0[turn] ? .counted : Self.duplicate })
      }
    }
    #expect(
      try world.number("SELECT count(*) FROM billing.usage_records WHERE kind = 'u'")
        == Int64(wanted.joined().count { $0 }))
    // Once more, all of it.
    #expect(try ledger.write(records.flatMap { $0 }).records.allSatisfy { $0 == Self.duplicate })
    try LedgerCheck().run(world)
  }

  @Test("an id whose record was archived on the other side of the boundary is known still")
  func archived() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Sample.record("x", at: "2025-01-31T00:00:00Z")])
    try world.eye.execute("ALTER TABLE billing.ledger DETACH PARTITION billing.ledger_2025_01")
    let batch = try [Sample.record("x", at: "2025-02-01T00:00:00Z"), Sample.record("y", at: "2025-02-01T00:00:00Z")]
    #expect(try ledger.write(batch).records == [Self.conflict, .counted])
    // There is nothing left that a void could take back.
    #expect(throws: LedgerError.self) {
      try ledger.write([], voids: [Sample.void("x", at: "2025-02-01T00:00:00Z")])
    }
    #expect(try world.total("order", "2025-02-01") == Quantity(1))
  }

  @Test("another metric, quantity or subject is a conflict, 1.50 and 1.5 are none")
  func conflicts() throws {
    let world = try World()
    let ledger = try world.replica()
    let subject = try person(1)
    try ledger.write([Sample.record("x", "order", "1.5", subject: subject)])
    let again: [(record: RecordedUsage, outcome: Outcome)] = [
      (try Sample.record("x", "order", "1.50", subject: subject), Self.duplicate),
      (try Sample.record("x", "call", "1.5", subject: subject), Self.conflict),
      (try Sample.record("x", "order", "1.500000001", subject: subject), Self.conflict),
      (try Sample.record("x", "order", "1.5", subject: person(2)), Self.conflict),
      (try Sample.record("x", "order", "1.5"), Self.conflict),
      // The same person, to a replica that has a newer key.
      (try Sample.record("x", "order", "1.5", subject: person(1, keys: [2, 1])), Self.duplicate),
      (try Sample.record("x", "order", "1.5", subject: person(2, keys: [2, 1])), Self.conflict),
    ]
    for (record, outcome) in again { #expect(try ledger.write([record]).records == [outcome]) }
    let inBatch = try [
      Sample.record("y", "order", "2"), Sample.record("y", "order", "2.0"), Sample.record("y", "order", "3"),
    ]
    #expect(try ledger.write(inBatch).records == [.counted, Self.duplicate, Self.conflict])
    #expect(try world.total() == quantity("3.5"))
    try LedgerCheck().run(world)
  }

  @Test("of two with one id in a batch the first delivered counts, wherever it sorts")
  func deliveryOrder() throws {
    let world = try World()
    let batch = try [
      Sample.record("x", "order", "5", at: "2025-02-01T00:00:00Z"),
      Sample.record("x", "order", "7", at: "2025-01-31T00:00:00Z"),
      Sample.record("y", "order", "7", at: "2025-01-20T00:00:00Z"),
      Sample.record("y", "order", "5", at: "2025-01-10T00:00:00Z"),
    ]
    let result = try world.replica().write(batch)
    #expect(result.records == [.counted, Self.conflict, .counted, Self.conflict])
    #expect(try world.total("order", "2025-02-01") == Quantity(5))
    #expect(try world.total("order", "2025-01-01") == Quantity(7))
  }

  @Test("a batch of 2,000 with a tenth of duplicates counts each id once")
  func large() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write(try (0..<100).map { try Sample.record("id-\($0 * 20)") })
    var generator = SeededGenerator(seed: 3)
    // 1,900 ids of which 95 are known, and a hundred of them twice.
    let ids = Array(0..<1900) + (0..<100).map { $0 * 17 + 1 }
    let result = try ledger.write(try ids.shuffled(using: &generator).map { try Sample.record("id-\($0)") })
    #expect(result.records.count { $0 == .counted } == 1805)
    #expect(try world.total() == Quantity(1905))
    try LedgerCheck().run(world)
  }

  @Test("whether repeats are expected decides the way in and nothing else", arguments: [true, false])
  func expected(expectingRepeats: Bool) throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Sample.record("a"), Sample.record("b", at: "2025-01-31T00:00:00Z")])
    try ledger.write([], voids: [Sample.void("early")])
    let records = try [
      Sample.record("a", "order", "2"), Sample.record("c"), Sample.record("c"),
      Sample.record("b", at: "2025-02-01T00:00:00Z"), Sample.record("early"),
    ]
    for _ in 0..<2 {
      let before = try #require(try world.total())
      let outcomes = try ledger.write(
        records: records, expectingRepeats: expectingRepeats, now: World.now
      ).records
      let isFirst = outcomes[1] == .counted
      #expect(outcomes[0] == Self.conflict && outcomes[2] == Self.duplicate && outcomes[3] == Self.duplicate)
      #expect(try world.total() == before + Quantity(isFirst ? 1 : 0))
    }
    #expect(try world.total() == Quantity(3))
    try LedgerCheck().run(world)
  }

  @Test("spellings that Unicode holds for the same are different ids")
  func canonicallyEquivalent() throws {
    let world = try World()
    let batch = try [Sample.record("caf\u{E9}"), Sample.record("cafe\u{301}")]
    #expect(try world.replica().write(batch).records == [.counted, .counted])
    #expect(try world.replica().write(batch).records == [Self.duplicate, Self.duplicate])
    #expect(try world.total() == Quantity(2))
  }
}
