import Glibc
import Ledger
import Operations
import PostgreSQL
import Synchronization

/// A migrated database of a test's own, dropped with the last reference to it.
///
/// It is copied from a template that is migrated once a process. `DATABASE_URL` names any database of the server to use,
/// with the right to create others; migrations run with the clock that they are given.
public final class TestDatabase: Sendable {
  /// Why there is no database for a test.
  public struct Unavailable: Error, CustomStringConvertible {
    public let description: String
  }

  /// Whether `DATABASE_URL` is set: tests that need a server are skipped without it.
  public static var isAvailable: Bool { getenv("DATABASE_URL") != nil }

  /// The package's `schemas`.
  public static var schemasFolder: String {
    let file = #filePath
    return String(file.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 }) + "/schemas"
  }

  public let name: String
  public let configuration: DatabaseConfiguration
  private let server: DatabaseConfiguration
  private let serverURL: String

  /// An empty ledger with the default catalog.
  public static func create() throws -> TestDatabase {
    let template = try Template.shared.withLock { shared in
      if let shared { return shared }
      let made = try Template()
      shared = made
      return made
    }
    let name = "test_\(getpid())_\(Template.nextNumber())"
    let connection = try Connection(template.server)
    try connection.execute("CREATE DATABASE \(name) TEMPLATE \(template.name)")
    return TestDatabase(name: name, server: template.server, serverURL: template.serverURL)
  }

  /// What this one holds now, in a database of its own. Nobody may be connected to this one.
  public func copy() throws -> TestDatabase {
    let copy = "test_\(getpid())_\(Template.nextNumber())"
    try Connection(server).execute("CREATE DATABASE \(copy) TEMPLATE \(name)")
    return TestDatabase(name: copy, server: server, serverURL: serverURL)
  }

  private init(name: String, server: DatabaseConfiguration, serverURL: String) {
    self.name = name
    self.server = server
    self.serverURL = serverURL
    configuration = server.with(database: name)
  }

  deinit { Template.drop(name, server) }

  /// A session of its own for each caller.
  public func connect() throws -> Connection { try Connection(configuration) }

  /// For a process under test; `DATABASE_URL` has to be a URL then.
  public var url: String {
    let scheme = serverURL.range(ofFirst: "://").map { serverURL[..<$0.upperBound] } ?? ""
    let rest = serverURL.dropFirst(scheme.count)
    let query = rest.firstIndex(of: "?").map { rest[$0...] } ?? ""
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    return "\(scheme)\(authority)/\(name)\(query)"
  }
}

/// The migrated database that tests are copies of.
private final class Template: Sendable {
  static let shared = Mutex<Template?>(nil)
  private static let numbers = Atomic<Int>(0)

  let name = "test_\(getpid())_template"
  let server: DatabaseConfiguration
  let serverURL: String

  init() throws {
    guard let url = getenv("DATABASE_URL") else {
      throw TestDatabase.Unavailable(description: "set DATABASE_URL to a database of the server that tests may use")
    }
    serverURL = String(cString: url)
    server = try DatabaseConfiguration(url: serverURL)
    try Connection(server).execute("CREATE DATABASE \(name)")
    // The last reference is a global's, which nothing ever releases.
    atexit { Template.shared.withLock { $0.map { Template.drop($0.name, $0.server) } } }
    let connection = try Connection(server.with(database: name))
    let folder = TestDatabase.schemasFolder
    _ = try SchemaMigrations(Migration.load(folder: "\(folder)/migrations")).apply(
      on: connection, defaultCatalog: FileBytes.read("\(folder)/catalog.default.json", limit: 1 << 20), by: "tests",
      now: .init(microseconds: SystemClock.microseconds()))
  }

  static func nextNumber() -> Int { numbers.add(1, ordering: .relaxed).newValue }

  /// Whoever is still connected is disconnected.
  static func drop(_ name: String, _ server: DatabaseConfiguration) {
    do {
      try Connection(server).execute("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    } catch {
      Log.writeToStandardError(Array("test database \(name) is left behind: \(error)\n".utf8))
    }
  }
}

extension String {
  fileprivate func range(ofFirst text: String) -> Range<Index>? {
    indices.lazy.filter { self[$0...].hasPrefix(text) }.first.map { $0..<index($0, offsetBy: text.count) }
  }
}
