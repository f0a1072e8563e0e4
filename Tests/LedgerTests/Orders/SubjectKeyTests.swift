import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("Changing keys bills nothing twice", .enabled(if: TestDatabase.isAvailable))
struct SubjectKeyTests {
  @Test("an order seen by the old key, by both and by the new one alone is one order")
  func rotation() throws {
    let world = try World()
    let ledger = try world.replica()
    for (day, keys) in [[1], [1, 2], [2, 1], [2], [3, 2], [3]].enumerated() as EnumeratedSequence<[[UInt8]]> {
      try ledger.write([
        Event.order(1, .completed, at: "2025-02-1\(day)T00:00:00Z", keys: keys),
        Event.patient(1, .activated, at: "2025-02-1\(day)T00:00:00Z", keys: keys),
        Event.charge(1, at: "2025-02-1\(day)T00:00:00Z", keys: keys),
      ])
    }
    #expect(try world.standing() == ["patient_activation 2025-02-10", "radiology_standard 2025-02-10"])
    #expect(try world.number("SELECT count(*) FROM billing.charges") == 1)
    // One surrogate for each, with a row for every key.
    #expect(
      try world.texts("SELECT kind::text || count(*) || count(DISTINCT surrogate) FROM billing.subjects GROUP BY kind")
        .sorted() == ["c31", "o31", "p31"])
    try LedgerCheck(canonical: { Pseudonym(keyID: 1, hash: $0.hash) }).run(world)
  }

  @Test("replicas with different keys in front meet at the same new orders and agree, in many rounds")
  func concurrently() throws {
    let world = try World()
    let rounds = 40
    let keys: [[UInt8]] = [[1, 2], [2, 1], [1], [2, 1]]
    let barrier = Barrier(keys.count)
    try inParallel(keys.count) { [database = world.database] index in
      let ledger = try database.replica()
      for round in 0..<rounds {
        let numbers = (0..<5).map { round * 5 + $0 }
        let events = try (index % 2 == 0 ? numbers : numbers.reversed()).map {
          try Event.order($0, .completed, at: "2025-02-1\(index)T00:00:00Z", keys: keys[index])
        }
        try barrier.wait()
        try ledger.write(events)
      }
    }
    #expect(try world.standingCounts() == ["radiology_standard 2025-02-10": rounds * 5])
    #expect(try world.number("SELECT count(*) FROM billing.orders") == rounds * 5)
    #expect(try world.number("SELECT count(DISTINCT surrogate) FROM billing.subjects") == rounds * 5)
    try LedgerCheck().run(world)
  }

  @Test("an order, a patient and a charge of one name, and of two companies, are different ones")
  func kinds() throws {
    let world = try World(registering: ["comp", "other"])
    let ledger = try world.replica()
    for company in ["comp", "other"] {
      try ledger.write([
        Event.order(1, .completed, at: "2025-02-10T00:00:00Z", company: company),
        Event.patient(1, .activated, at: "2025-02-10T00:00:00Z", company: company),
        Event.charge(1, company: company),
      ])
    }
    #expect(try world.number("SELECT count(DISTINCT surrogate) FROM billing.subjects") == 6)
    #expect(try world.number("SELECT count(*) FROM billing.charges") == 2)
  }
}
