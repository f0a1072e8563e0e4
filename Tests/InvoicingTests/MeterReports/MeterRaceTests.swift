import Billing
import Invoicing
import Ledger
import Outbox
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite("Meter reports that meet, and that are cut short", .enabled(if: TestDatabase.isAvailable))
struct MeterRaceTests {
  /// Reports again and again on a thread of its own.
  final class Replica: Sendable {
    private let database: TestDatabase
    private let rounds: Int
    private let failures: Mutex<[String]> = Mutex([])

    init(_ database: TestDatabase, rounds: Int) {
      self.database = database
      self.rounds = rounds
    }

    var run: @Sendable () -> Void {
      { [self] in
        do {
          let connection = try Connection.forLedger(database.configuration)
          let start = try instant("2025-01-15T00:00:00Z")
          for round in 0..<rounds {
            _ = try World.report(on: connection, start.adding(seconds: Int64(60 * round)))
          }
        } catch {
          failures.withLock { $0.append("\(error)") }
        }
      }
    }

    func check() { #expect(failures.withLock { $0 } == []) }
  }

  @Test("two and four that run at once, while usage is counted, tell exactly what was counted", arguments: [2, 4])
  func replicas(count: Int) throws {
    let world = try World()
    for number in 0..<5 { try world.register("c\(number)") }
    let replicas = (0..<count).map { _ in Replica(world.database, rounds: 40) }
    func together(_ rest: ArraySlice<Replica>) throws {
      guard let first = rest.first else {
        for number in 0..<60 {
          try world.use(
            "c\(number % 5)", number.isMultiple(of: 2) ? "order" : "peak", "\(number)",
            at: "2025-01-15T12:00:00Z", usage: "u\(number)")
        }
        return
      }
      try withThread(first.run) { try together(rest.dropFirst()) }
    }
    try together(replicas[...])
    for replica in replicas { replica.check() }
    // One more for what was counted after the last round.
    try world.report("2025-01-16T00:00:00Z")
    let wrong = try world.number(
      """
      SELECT count(*) FROM billing.usage_periods u
      LEFT JOIN (
        SELECT company_id, effect::json ->> 'metric' AS metric, sum((effect::json ->> 'value')::numeric) AS told
        FROM billing.outbox_entries GROUP BY 1, 2) e USING (company_id, metric)
      WHERE u.quantity IS DISTINCT FROM e.told
      """)
    #expect(wrong == 0)
    let shared = try world.number(
      """
      SELECT count(*) FROM (
        SELECT 1 FROM billing.outbox_entries
        GROUP BY company_id, ordering_key, effect::json ->> 'timestamp' HAVING count(*) > 1) m
      """)
    #expect(shared == 0)
  }

  @Test("a connection cut inside the commit leaves all or nothing; the next report tells what is left")
  func cutInCommit() throws {
    let world = try World("acme", "labs")
    try world.use("acme", "order", "5", at: "2025-01-10T08:00:00Z")
    try world.use("labs", "order", "6", at: "2025-01-10T08:00:00Z")
    #expect(throws: InvoicingError.self) {
      try world.report("2025-01-10T09:00:00Z", failpoints: "\(MeterReportStep.insideCommit)=cut")
    }
    // The server may still be at it.
    try eventually("the session is gone") {
      try world.number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        == 0
    }
    try world.report("2025-01-10T10:00:00Z")
    #expect(try world.sumOfEvents() == "11")
    #expect(try world.number("SELECT count(*) FROM billing.outbox_entries") == 2)
  }

  @Test("whoever changes a company waits for the report in hand, and the report that follows goes by the change")
  func change() throws {
    let world = try World("acme")
    try world.use("acme", "order", "5", at: "2025-01-10T08:00:00Z")
    try world.set("acme", at: "2025-01-10T09:00:00Z") { $0.stripeMode = .off }
    #expect(try world.report("2025-01-10T10:00:00Z").companies == 0)
    #expect(try world.events("acme") == [])
  }
}
