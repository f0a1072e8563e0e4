import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("Catalog and companies change while lanes run", .enabled(if: TestDatabase.isAvailable))
struct RegistryTests {
  @Test("a catalog applied meanwhile is gone by in the next batch")
  func catalog() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Sample.record("a", "order", "4000")])
    let version = ledger.catalog.version
    try world.apply(Sample.catalog.replacing("\"threshold\": 10000", with: "\"threshold\": 5000"))
    #expect(ledger.catalog.version == version)
    #expect(try ledger.write([Sample.record("b")]).alerts == 1)
    #expect(ledger.catalog.version > version)
    #expect(try world.owed() == ["order 5000 0.8 4001"])
  }

  @Test("a metric that was changed before its first use counts as it is now, also in messages read before")
  func changedMetric() throws {
    let world = try World()
    let ledger = try world.replica()
    let records = try [Sample.record("a", "unused", "5"), Sample.record("b", "unused", "7")]
    try world.apply(
      Sample.catalog.replacing(
        #""name": "unused", "unit": "thing", "source": "message", "aggregation": "sum""#,
        with: #""name": "unused", "unit": "thing", "source": "message", "aggregation": "max", "minimumPerEvent": 6"#))
    try ledger.refresh()
    try ledger.write(records)
    #expect(try world.total("unused") == Quantity(7))
    #expect(try world.texts("SELECT DISTINCT aggregation::text FROM billing.usage_periods") == ["m"])
    let counted: Quantity = try world.eye.query(
      "SELECT counted FROM billing.usage_records WHERE usage_id = 'a'"
    ).one().decode(at: 0)
    #expect(counted == Quantity(6))
  }

  @Test("a metric that left the catalog before its first use is not counted")
  func goneMetric() throws {
    let world = try World()
    let ledger = try world.replica()
    let record = try Sample.record("a", "unused")
    try world.apply(
      Sample.catalog.replacing(
        #""name": "unused", "unit": "thing""#, with: #""name": "other", "unit": "thing""#))
    #expect(throws: LedgerError.self) { try ledger.write([record]) }
    #expect(throws: LedgerError.self) { try ledger.write([record]) }
    #expect(try world.number("SELECT count(*) FROM billing.usage_records") == 0)
    #expect(try ledger.write([Sample.record("b")]).records == [.counted])
  }

  @Test("a change waits for the batch under way, and the next batch goes by it")
  func exclusive() throws {
    let world = try World()
    let barrier = Barrier(2)
    try inParallel(2) { [database = world.database] index in
      if index == 0 {
        let ledger = try database.replica()
        try barrier.wait()
        for round in 0..<200 { try ledger.write([Sample.record("\(round)", "order", "100")]) }
      } else {
        // Thresholds go up and down while the other counts.
        let world = try World(database)
        try barrier.wait()
        for round in 0..<200 { try world.setThreshold(round % 2 == 0 ? "12000" : "14000") }
        try world.setThreshold("16000")
      }
    }
    try world.replica().write([Sample.record("last", "order", "0")])
    #expect(try world.total() == Quantity(20000))
    let owed = try world.owed()
    #expect(owed.contains { $0.hasPrefix("order 16000 1 ") })
    #expect(owed.count == Set(owed).count)
    try LedgerCheck().run(world)
  }

  @Test("a database without a catalog is told as such")
  func noCatalog() throws {
    let world = try World()
    try world.eye.execute("DELETE FROM billing.catalog_versions")
    do {
      _ = try world.replica()
      Issue.record("a ledger without a catalog")
    } catch LedgerError.noCatalog {}
  }
}

extension String {
  fileprivate func replacing(_ part: String, with other: String) -> String {
    guard let start = utf8.indices.first(where: { self[$0...].hasPrefix(part) }) else { return self }
    return self[..<start] + other + self[index(start, offsetBy: part.count)...]
  }
}
