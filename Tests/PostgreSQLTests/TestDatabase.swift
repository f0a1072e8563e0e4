import Glibc
import PostgreSQL
import Testing

/// A schema of its own for one test, dropped at its end.
struct TestDatabase {
  static let url: String? = getenv("DATABASE_URL").map { String(cString: $0) }

  let configuration: DatabaseConfiguration
  let schema: Identifier
  let connection: Connection

  init() throws {
    configuration = try DatabaseConfiguration(url: try #require(Self.url))
    schema = try Identifier("test_\(UInt64.random(in: 0 ... .max))")
    connection = try Connection(configuration)
    try connection.execute("CREATE SCHEMA \(schema.quoted)")
    try use(connection)
  }

  /// Another session that finds the same tables.
  func connect() throws -> Connection {
    let other = try Connection(configuration)
    try use(other)
    return other
  }

  private func use(_ connection: Connection) throws {
    try connection.execute("SET search_path TO \(schema.quoted)")
  }

  func drop() {
    do {
      let janitor = try Connection(configuration)
      try janitor.execute("SET client_min_messages TO warning; DROP SCHEMA \(schema.quoted) CASCADE")
    } catch {
      Issue.record("the schema \(schema) stays behind: \(error)")
    }
  }

  /// Runs a test in a schema of its own.
  static func with(_ body: (TestDatabase) throws -> Void) throws {
    let database = try TestDatabase()
    defer { database.drop() }
    try body(database)
  }
}

/// Runs `body` on a thread of its own.
final class Worker: @unchecked Sendable {
  private var thread = pthread_t()
  private let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) throws {
    self.body = body
    let context = Unmanaged.passRetained(self).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Worker>.fromOpaque(context).takeRetainedValue().body()
        return nil
      }, context)
    try #require(status == 0)
  }

  func join() { pthread_join(thread, nil) }
}

/// Polls until the condition holds; a minute without it fails the test.
func waitUntil(_ what: Comment, _ condition: () throws -> Bool) throws {
  let clock = ContinuousClock()
  let end = clock.now + .seconds(60)
  while try !condition() {
    try #require(clock.now < end, what)
    usleep(2_000)
  }
}

/// The error a call threw.
func failure<R>(_ body: () throws(PostgreSQLError) -> R) throws -> PostgreSQLError {
  do throws(PostgreSQLError) {
    _ = try body()
  } catch {
    return error
  }
  throw NothingThrown()
}

struct NothingThrown: Error {}
