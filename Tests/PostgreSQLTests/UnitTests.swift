import Testing

@testable import PostgreSQL

@Suite("Values, statements and settings without a server")
struct UnitTests {
  @Test("interpolated values become numbered parameters")
  func interpolation() {
    let sql: SQL = "SELECT \(1) WHERE a = \("'; DROP TABLE x; --") AND b = ANY(\([Int64(1)])) \(unescaped: "LIMIT 1")"
    #expect(sql.text == "SELECT $1 WHERE a = $2 AND b = ANY($3) LIMIT 1")
    #expect(sql.bindings.types == [20, 25, 1016])
  }

  @Test("identifiers are quoted, their quotation marks doubled")
  func identifiers() throws {
    let table = QualifiedName(try Identifier("billing"), try Identifier("a\"b; c"))
    let sql: SQL = "SELECT FROM \(table)"
    #expect(sql.text == "SELECT FROM \"billing\".\"a\"\"b; c\"")
    for name in ["", "a\0b", String(repeating: "x", count: 64)] {
      #expect(throws: PostgreSQLError.self) { try Identifier(name) }
    }
  }

  @Test("a configuration is described without its password")
  func configuration() throws {
    let url = "postgresql://worker:s3cret@db.example:6432/usage?sslmode=require"
    let configuration = try DatabaseConfiguration(url: url)
    #expect(configuration.description == "worker@db.example:6432/usage")
    let pairs = try DatabaseConfiguration(url: "host=db.example user=worker password=s3cret dbname=usage")
    #expect(pairs.description == "worker@db.example:5432/usage")
  }

  @Test(
    "an unreadable URL is refused without repeating it", arguments: ["postgresql://u:s3cret@h/db?no=1", "s3cret x"])
  func unreadable(_ url: String) throws {
    let error = try failure { () throws(PostgreSQLError) in try DatabaseConfiguration(url: url) }
    #expect(error.kind == .configuration)
    #expect(!error.description.contains("s3cret"))
  }

  @Test("timeouts and styles become start-up options, the user's own are kept")
  func startParameters() throws {
    var configuration = try DatabaseConfiguration(url: "postgresql://h/db?options=-c%20search_path%3Dx")
    configuration.statementTimeout = .milliseconds(1500)
    let parameters = configuration.startParameters()
    #expect(
      parameters["options"] == "-c search_path=x -c DateStyle=ISO -c TimeZone=UTC -c statement_timeout=1500")
    #expect(parameters["tcp_user_timeout"] == "30000")
    #expect(parameters["application_name"] == "usage-billing")
  }

  @Test("messages of class 22 lose the values they quote")
  func withoutValues() {
    let values = [
      ("invalid input syntax for type uuid: \"Jane Doe\"", "invalid input syntax for type uuid"),
      ("value \"99999\" is out of range for type smallint", "value \"…\" is out of range for type smallint"),
      ("invalid byte sequence for encoding \"UTF8\": 0x00", "invalid byte sequence for encoding \"…\""),
    ]
    for (message, kept) in values { #expect(PostgreSQLError.withoutValues(message, sqlState: "22P02") == kept) }
    #expect(
      PostgreSQLError.withoutValues("relation \"t\" is missing", sqlState: "42P01") == "relation \"t\" is missing")
  }

  @Test("errors know whether a retry can help")
  func retryable() {
    for state in ["40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300", "08006", "57014", "25006"] {
      #expect(PostgreSQLError(.server, "", sqlState: state).isRetryable, "\(state)")
    }
    for state in ["22003", "23505", "42601", "28P01", "08P01"] {
      #expect(!PostgreSQLError(.server, "", sqlState: state).isRetryable, "\(state)")
    }
    #expect(PostgreSQLError(.server, "", sqlState: "22003").isDataRefused)
    #expect(PostgreSQLError(.server, "", sqlState: "23514").isDataRefused)
    #expect(!PostgreSQLError(.connectFailed, "", sqlState: "28P01").isRetryable)
    #expect(PostgreSQLError(.connectFailed, "").isRetryable)
    #expect(PostgreSQLError(.commitOutcomeUnknown, "").isConnectionLost)
  }

  @Test("instants and days at the ends of their range never become infinite")
  func ends() {
    #expect(Timestamp(microseconds: .min).serverMicroseconds == Int64.min + 1)
    #expect(Timestamp(microseconds: Timestamp.serverEpoch).serverMicroseconds == 0)
    #expect(Timestamp(serverMicroseconds: .max) == nil)
    #expect(Timestamp(serverMicroseconds: .min) == nil)
    #expect(Date32(days: .min).serverDays == Int32.min + 1)
    #expect(Date32(serverDays: .max) == nil)
    #expect(Date32(serverDays: .min) == nil)
  }

  @Test("instants and days in text form are read")
  func texts() {
    #expect(Timestamp(text: "2000-01-01 00:00:00+00")?.microseconds == Timestamp.serverEpoch)
    #expect(Timestamp(text: "1969-12-31 23:59:59.5+00")?.microseconds == -500_000)
    #expect(Timestamp(text: "2024-02-29 12:00:00.000001")?.microseconds == 1_709_208_000_000_001)
    #expect(Timestamp(text: "infinity") == nil)
    #expect(Timestamp(text: "2024-02-29 12:00:00+02") == nil)
    #expect(Date32(text: "1970-01-01")?.days == 0)
    #expect(Date32(text: "0001-01-01 BC") == nil)
  }

  @Test("the cache gives up the statement unused for longest")
  func cache() {
    var cache = StatementCache(capacity: 2)
    let keys = ["a", "b", "c"].map { StatementCache.Key(text: $0, types: []) }
    cache.insert(keys[0], name: "s1")
    cache.insert(keys[1], name: "s2")
    #expect(cache.name(for: keys[0]) == "s1")
    #expect(cache.isFull)
    #expect(cache.removeOldest() == "s2")
    #expect(cache.name(for: keys[1]) == nil)
  }

  @Test("only numbered SQL files are migrations")
  func fileNames() {
    #expect(Migration.parse(fileName: "001_first_step.sql")?.number == 1)
    #expect(Migration.parse(fileName: "001_first_step.sql")?.name == "first_step")
    for name in ["x.sql", "001.sql", "001_.sql", "_a.sql", "-1_a.sql", "001_a.txt", "99999999999999999999_a.sql"] {
      #expect(Migration.parse(fileName: name) == nil, "\(name)")
    }
    #expect(Migration(number: 1, name: "", sql: "").checksum == "cbf29ce484222325")
    #expect(Migration(number: 1, name: "", sql: "a").checksum == "af63dc4c8601ec8c")
  }
}
