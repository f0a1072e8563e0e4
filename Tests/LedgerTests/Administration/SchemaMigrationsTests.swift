import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite(.enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct SchemaMigrationsTests {
  private func migrations() throws -> [Migration] {
    try Migration.load(folder: "\(TestDatabase.schemasFolder)/migrations")
  }

  @Test("applying again changes nothing, and the catalog in force stays")
  func again() throws {
    let fixture = try Fixture()
    let applied = try SchemaMigrations(migrations()).apply(
      on: fixture.connection, defaultCatalog: try fixture.catalogText { $0.replacing("0.10", with: "0.20") },
      by: "test", now: Fixture.now)
    #expect(applied.steps.isEmpty)
    #expect(!applied.hasAppliedCatalog)
    #expect(try CatalogStore.provenance(fixture.connection).version == 1)
  }

  @Test("partitions are there from fourteen months back to three ahead")
  func partitions() throws {
    let fixture = try Fixture()
    _ = try SchemaMigrations(migrations()).apply(
      on: fixture.connection, defaultCatalog: try fixture.catalogText(), by: "test",
      now: Fixture.instant("2031-01-31T00:00:00Z"))
    let rows = try fixture.connection.query(
      """
      SELECT count(*), min(relname)::text, max(relname)::text FROM pg_class
      WHERE relkind = 'r' AND relname ~ '^ledger_(20(29|3))'
      """)
    let row = try rows.one()
    #expect(try row.decode(Int.self, at: 0) == 18)
    #expect(try row.decode(String.self, at: 1) == "ledger_2029_11")
    #expect(try row.decode(String.self, at: 2) == "ledger_2031_04")
  }

  @Test("the outcome of rejected entries comes to a history that has months")
  func outcomes() throws {
    let fixture = try Fixture()
    let catalog = try fixture.catalogText()
    try fixture.connection.execute("DROP SCHEMA billing CASCADE")
    for steps in [try migrations().filter { $0.number < 10 }, try migrations()] {
      _ = try SchemaMigrations(steps).apply(
        on: fixture.connection, defaultCatalog: catalog, by: "test", now: Fixture.now)
      _ = try fixture.connection.query("SELECT billing.ensure_outbox_month('2025-01-01')")
    }
    let rows = try fixture.connection.query(
      """
      SELECT 1 FROM pg_constraint WHERE conrelid = 'billing.outbox_history_2025_01'::regclass
        AND pg_get_constraintdef(oid) LIKE '%''r''%'
      """)
    #expect(rows.count == 2)
  }

  @Test("the ledger knows the newest step, and refuses a database without it, but not one with a step more")
  func ledgerVersion() throws {
    #expect(try migrations().map(\.number).max() == Int(SchemaVersion.known))
    let fixture = try Fixture()
    try SchemaVersion.check(fixture.connection)
    try fixture.connection.execute(
      "INSERT INTO billing.schema_migrations (number, name, checksum) VALUES (9999, 'next', 'x')")
    try SchemaVersion.check(fixture.connection)
    try fixture.connection.execute("DELETE FROM billing.schema_migrations WHERE number > 1")
    #expect(throws: LedgerError.self) { try SchemaVersion.check(fixture.connection) }
  }

  @Test("which side is newer is told")
  func comparison() throws {
    let fixture = try Fixture()
    let known = try migrations()
    let next = Migration(number: 9_999, name: "next", sql: "SELECT 1")
    #expect(try SchemaMigrations(known).check(fixture.connection).problem == nil)
    let older = try SchemaMigrations(known + [next]).check(fixture.connection).problem
    #expect(older?.contains("older than this program") == true)
    let newer = try SchemaMigrations([]).check(fixture.connection).problem
    #expect(newer?.contains("newer than this program") == true)
  }
}
