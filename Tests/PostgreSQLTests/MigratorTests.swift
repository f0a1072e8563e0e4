import PostgreSQL
import Synchronization
import TestBasics
import Testing

@Suite("Migrations against a server", .enabled(if: TestDatabase.url != nil))
struct MigratorTests {
  private let steps = [
    Migration(number: 1, name: "first", sql: "CREATE TABLE first (a int); CREATE TABLE counter (n int)"),
    Migration(number: 2, name: "second", sql: "INSERT INTO counter VALUES (1)"),
    Migration(number: 10, name: "tenth", sql: "ALTER TABLE first ADD b text"),
  ]

  @Test("steps are applied once, in order, and then the schema is up to date")
  func twice() throws {
    try TestDatabase.with { database in
      let migrator = try Migrator(steps.reversed(), schema: database.schema)
      #expect(try migrator.check(database.connection) == .pending(steps))
      #expect(try migrator.apply(database.connection) == steps)
      #expect(try migrator.check(database.connection) == .upToDate)
      #expect(try migrator.apply(database.connection) == [])
      #expect(try database.connection.query("SELECT FROM counter").count == 1)
    }
  }

  @Test("programs that start together apply each step once, in a schema that does not exist yet")
  func concurrently() throws {
    try TestDatabase.with { database in
      let schema = try Identifier(database.schema.name + "_new")
      let table = QualifiedName(schema, try Identifier("steps taken"))
      let configuration = database.configuration
      let counter = Migration(
        number: 1, name: "counter", sql: "CREATE TABLE \(schema.quoted).counter (n int); SELECT pg_sleep(0.05)")
      let insert = Migration(number: 2, name: "insert", sql: "INSERT INTO \(schema.quoted).counter VALUES (1)")
      let applied = Atomic<Int>(0)
      let workers = try (0..<6).map { _ in
        try Worker {
          do {
            let connection = try Connection(configuration)
            let mine = try Migrator([counter, insert], table: table).apply(connection)
            applied.add(mine.count, ordering: .relaxed)
          } catch { Issue.record(error) }
        }
      }
      for worker in workers { worker.join() }
      #expect(applied.load(ordering: .relaxed) == 2)
      #expect(try database.connection.executeReturningLast("SELECT FROM \(schema.quoted).counter").count == 1)
      try database.connection.execute("SET client_min_messages TO warning; DROP SCHEMA \(schema.quoted) CASCADE")
    }
  }

  @Test("a schema that is newer than the program or was changed is neither up to date nor touched")
  func newerAndChanged() throws {
    try TestDatabase.with { database in
      let connection = database.connection
      try Migrator(steps, schema: database.schema).apply(connection)
      let older = try Migrator(Array(steps.prefix(2)), schema: database.schema)
      #expect(try older.check(connection) == .newer([10]))
      #expect(try failure { () throws(PostgreSQLError) in try older.apply(connection) }.kind == .migration)
      let edited = Migration(number: 2, name: "second", sql: "INSERT INTO counter VALUES (2)")
      let changed = try Migrator([steps[0], edited, steps[2]], schema: database.schema)
      #expect(try changed.check(connection) == .changed([edited]))
      #expect(try failure { () throws(PostgreSQLError) in try changed.apply(connection) }.kind == .migration)
      #expect(connection.transactionStatus == .idle)
    }
  }

  @Test("a step that fails leaves nothing of itself, and the ones before it stay")
  func failing() throws {
    try TestDatabase.with { database in
      let broken = Migration(number: 3, name: "broken", sql: "CREATE TABLE half (a int); SELECT 1 / 0")
      let migrator = try Migrator([steps[0], broken, steps[2]], schema: database.schema)
      let error = try failure { () throws(PostgreSQLError) in try migrator.apply(database.connection) }
      #expect(error.kind == .migration)
      #expect(error.sqlState == "22012")
      #expect(error.message.contains("broken"))
      #expect(try migrator.check(database.connection) == .pending([broken, steps[2]]))
      let half = try database.connection.query("SELECT to_regclass('half') IS NULL").one()[0, as: Bool.self]
      #expect(half)
      let ending = Migration(number: 4, name: "ending", sql: "COMMIT")
      let second = try Migrator([steps[0], ending], schema: database.schema)
      #expect(try failure { () throws(PostgreSQLError) in try second.apply(database.connection) }.kind == .migration)
    }
  }

  @Test("migrations are read from the numbered files of a folder")
  func folder() throws {
    let folder = try TemporaryFolder()
    for name in ["010_tenth.sql", "002_second.sql", "notes.txt"] { try folder.write("SELECT '\(name)'", to: name) }
    let migrations = try Migration.load(folder: folder.path)
    #expect(migrations.map(\.number) == [2, 10])
    #expect(migrations.map(\.name) == ["second", "tenth"])
    #expect(migrations.first?.sql == "SELECT '002_second.sql'")
    try folder.write("", to: "2_again.sql")
    #expect(try failure { () throws(PostgreSQLError) in try Migration.load(folder: folder.path) }.kind == .migration)
    let missing = try failure { () throws(PostgreSQLError) in try Migration.load(folder: folder.path(of: "missing")) }
    #expect(missing.kind == .migration)
  }
}
