import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("Failures on the way", .enabled(if: TestDatabase.isAvailable))
struct FailureTests {
  private func failure(_ body: () throws -> Ledger.Result) throws -> LedgerError {
    do { _ = try body() } catch let error as LedgerError { return error }
    throw NothingThrown()
  }

  private struct NothingThrown: Error {}

  @Test("after a cut inside COMMIT the same batch, again, counts once and owes its messages")
  func insideCommit() throws {
    let world = try World()
    let cut = try world.replica("ledger.inside_commit=cut")
    let batch = try [Sample.record("a", "order", "9000"), Sample.record("b", "peak", "50")]
    let voids = try [Sample.void("b")]
    let error = try failure { try cut.write(batch, voids: voids) }
    #expect(error.isConnectionLost)
    #expect(!cut.isConnected)
    #expect(try failure { try cut.write(batch) }.isConnectionLost)
    try world.replica().write(batch, voids: voids)
    try waitUntil("the server has ended the cut session") { try world.total() != nil }
    #expect(try world.total() == Quantity(9000))
    #expect(try world.total("peak") == .zero)
    #expect(try world.owed() == ["order 10000 0.8 9000"])
    try LedgerCheck().run(world)
  }

  /// Where the server ends the session: a trigger there waits for a lock that the test holds.
  static let places = ["ledger", "usage_daily", "usage_periods", "alerts", "event_outbox"]

  @Test("a session ended by the server in the middle of a write leaves nothing behind", arguments: places)
  func terminated(table: String) throws {
    let world = try World()
    let early = try Sample.record("early")
    try world.replica().write([early])
    try world.eye.execute(
      """
      CREATE FUNCTION billing.stand_still() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1, 1); RETURN NEW; END $$;
      CREATE TRIGGER stand_still BEFORE INSERT ON billing.\(table) FOR EACH ROW EXECUTE FUNCTION billing.stand_still();
      SELECT pg_advisory_lock(1, 1)
      """)
    let batch = try [early, Sample.record("a", "order", "9000", at: "2025-01-31T00:00:00Z")]
    try inParallel(2) { [database = world.database] index in
      if index == 0 {
        let error = try failure { try database.replica().write(Array(batch.suffix(1))) }
        #expect(error.isConnectionLost)
        return
      }
      let killer = try database.connect()
      try waitUntil("the write stands still") {
        try killer.query(
          """
          SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          """
        ).one().decode(Bool.self, at: 0)
      }
    }
    #expect(try world.total() == Quantity(1))
    try LedgerCheck().run(world)
    try world.eye.execute("SELECT pg_advisory_unlock(1, 1)")
    #expect(try world.replica().write(batch).records == [.duplicate(isConflict: false), .counted])
    #expect(try world.owed() == ["order 10000 0.8 9001"])
    try LedgerCheck().run(world)
  }

  @Test("what the database refuses is told as the record's fault, and its neighbours can be written after it")
  func refused() throws {
    let world = try World()
    let ledger = try world.replica()
    try world.eye.execute("ALTER TABLE billing.ledger ADD CONSTRAINT odd CHECK (usage_id <> 'bad')")
    let batch = try [Sample.record("good"), Sample.record("bad"), Sample.record("fine")]
    #expect(try failure { try ledger.write(batch) }.isDataRefused)
    #expect(try world.total() == nil)
    #expect(try ledger.write([batch[0], batch[2]]).records == [.counted, .counted])
    try LedgerCheck().run(world)
  }

  @Test("a batch that fails by anything but the database is rolled back too, and not taken along by the next")
  func rolledBack() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Sample.record("a", at: "2025-01-02T00:00:00Z")])
    // A row that the product's own code rules out: a record that no billing period contains.
    try world.eye.execute(
      """
      SELECT billing.ensure_month('2019-01-01');
      INSERT INTO billing.ledger (occurred_at, month, company_id, usage_id, metric, quantity, counted)
      VALUES ('2019-01-15', '2019-01-01', 'other', 'lost', 'order', 1, 1)
      """)
    try world.eye.execute("INSERT INTO billing.companies (company_id, version) VALUES ('other', 1)")
    try world.eye.execute(
      """
      INSERT INTO billing.billing_periods (company_id, period_start, period_end)
      VALUES ('other', '2019-01-20', '2019-02-20')
      """)
    let void = try Sample.void("lost", at: "2019-01-25T00:00:00Z", company: "other")
    let error = try failure { try ledger.write([Sample.record("b")], voids: [void]) }
    guard case .unexpected = error else {
      Issue.record("\(error)")
      return
    }
    #expect(ledger.connection.transactionStatus == .idle)
    try world.eye.execute("DELETE FROM billing.usage_records WHERE company_id = 'other'")
    // A company nobody has seen makes a transaction of its own before the batch's.
    try ledger.write([Sample.record("c", company: "new")])
    #expect(try world.total() == Quantity(1))
    try LedgerCheck().run(world)
  }

  @Test("a lost connection before the write is told as such")
  func closed() throws {
    let world = try World()
    let ledger = try world.replica()
    ledger.connection.shutdownHandle.shutdownSocket()
    #expect(try failure { try ledger.write([Sample.record("a")]) }.isConnectionLost)
  }
}
