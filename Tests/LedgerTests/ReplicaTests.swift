import Billing
import PostgreSQL
import TestBasics
import TestSupport
import Testing

@testable import Ledger

@Suite("Replicas side by side", .enabled(if: TestDatabase.isAvailable))
struct ReplicaTests {
  @Test("four replicas with the same keys of 1,000 companies in different orders finish, and every id counts once")
  func sameKeys() throws {
    let world = try World()
    let companies = (0..<1000).map { "company-\($0)" }
    let barrier = Barrier(4)
    try inParallel(4) { [database = world.database] index in
      let ledger = try database.replica()
      var generator = SeededGenerator(seed: UInt64(index))
      // Every id at every replica, a fifth of them twice, half of them near a boundary.
      var deliveries = Array(0..<2000) + Array(0..<400)
      deliveries.shuffle(using: &generator)
      try barrier.wait()
      for start in stride(from: 0, to: deliveries.count, by: 300) {
        let batch = try deliveries[start..<min(start + 300, deliveries.count)].map { number in
          let near = Bool.random(using: &generator) ? "2025-01-31" : "2025-02-01"
          let day = number % 2 == 0 ? "2025-01-15" : near
          return try Sample.record(
            "id-\(number)", number % 3 == 0 ? "peak" : "order", "\(number % 7)", at: "\(day)T00:00:00Z",
            company: companies[number % 1000])
        }
        try ledger.write(batch)
      }
      try ledger.connection.execute("SELECT pg_stat_force_next_flush()")
    }
    #expect(try world.deadlocks() == 0)
    #expect(try world.number("SELECT count(*) FROM billing.usage_records WHERE kind = 'u'") == 2000)
    #expect(try world.number("SELECT sum(events)::bigint FROM billing.usage_periods") == 2000)
    try LedgerCheck().run(world)
  }

  @Test("batches over several months do not deadlock, whatever months their first keys are of")
  func months() throws {
    let world = try World()
    try world.replica().write(
      [Sample.record("a", at: "2025-01-10T00:00:00Z"), Sample.record("b", at: "2025-02-10T00:00:00Z")])
    let barrier = Barrier(2)
    try inParallel(2) { [database = world.database] index in
      let ledger = try database.replica()
      for round in 0..<15 {
        // The keys alternate between the months; one replica's first is of January, the other's of February.
        let batch = try (index..<400).map { number in
          try Sample.record(
            "\(round)-\(1000 + number)", at: number % 2 == 0 ? "2025-01-10T00:00:00Z" : "2025-02-10T00:00:00Z")
        }
        try barrier.wait()
        try ledger.write(batch)
      }
      try ledger.connection.execute("SELECT pg_stat_force_next_flush()")
    }
    #expect(try world.number("SELECT count(*) FROM billing.usage_records") == 15 * 400 + 2)
    #expect(try world.deadlocks() == 0)
    try LedgerCheck().run(world)
  }

  @Test("the same ids from different sides of a boundary do not deadlock, and count once")
  func sides() throws {
    let world = try World()
    // Both boundaries of January.
    let days = [["2025-01-31", "2025-02-01"], ["2024-12-31", "2025-01-01"]]
    try world.replica().write(try days.joined().map { try Sample.record($0, at: "\($0)T00:00:00Z") })
    // Slow enough that both are at it at the same time.
    try world.eye.execute(
      """
      CREATE FUNCTION billing.dawdle() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END $$;
      CREATE TRIGGER dawdle BEFORE INSERT ON billing.ledger
        FOR EACH ROW EXECUTE FUNCTION billing.dawdle()
      """)
    let barrier = Barrier(2)
    try inParallel(2) { [database = world.database] index in
      let ledger = try database.replica()
      for round in 0..<3 {
        let batch = try (0..<40).map { number in
          let day = days[number / 2 % 2][(number + index) % 2]
          return try Sample.record("\(round)-\(1000 + number)", at: "\(day)T00:00:00Z")
        }
        try barrier.wait()
        try ledger.write(batch)
      }
      try ledger.connection.execute("SELECT pg_stat_force_next_flush()")
    }
    #expect(try world.deadlocks() == 0)
    #expect(try world.number("SELECT count(*) FROM billing.usage_records WHERE kind = 'u'") == 3 * 40 + 4)
    try LedgerCheck().run(world)
  }

  @Test("a month's partitions are made once by replicas that need them at the same moment")
  func partitions() throws {
    let world = try World()
    let barrier = Barrier(4)
    try inParallel(4) { [database = world.database] index in
      let ledger = try database.replica()
      for month in ["2021-03", "2021-05", "2020-12", "2021-04"] {
        try barrier.wait()
        try ledger.write([Sample.record("\(month) \(index)", at: "\(month)-31T00:00:00Z".replacingDay)])
      }
    }
    #expect(try world.number("SELECT sum(events)::bigint FROM billing.usage_periods") == 16)
    let made = try world.texts(
      """
      SELECT relname::text FROM pg_class WHERE relname LIKE 'ledger_202%' AND relkind = 'r'
        AND relname < 'ledger_2022' ORDER BY 1
      """)
    // Those of the months after the boundaries too.
    #expect(
      made == ["2020_12", "2021_01", "2021_03", "2021_04", "2021_05", "2021_06"].map { "ledger_\($0)" })
  }
}

extension String {
  /// April has no 31st.
  fileprivate var replacingDay: String { hasPrefix("2021-04-31") ? "2021-04-30T00:00:00Z" : self }
}
