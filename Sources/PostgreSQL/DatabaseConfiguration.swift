internal import CPostgreSQL

/// Where the database is and how patient a connection to it may be.
///
/// TLS is decided by libpq's `sslmode` and `sslrootcert` in the URL; `sslmode=verify-full` is the one that checks the host.
public struct DatabaseConfiguration: Sendable, CustomStringConvertible {
  /// Shown in `pg_stat_activity`, unless the URL names one.
  public var applicationName = "usage-billing"
  /// Until a session is there, over all hosts of the URL together, unless the URL has a `connect_timeout`. The look-up of
  /// names is not covered.
  public var connectTimeout: Duration = .seconds(10)
  /// The server stops a statement that takes longer (SQLSTATE 57014). Zero: never.
  public var statementTimeout: Duration = .zero
  /// How long sent data may stay unacknowledged by the peer's kernel before the connection counts as lost.
  public var unacknowledgedTimeout: Duration = .seconds(30)

  private let options: [String: String]

  /// - Parameter url: `postgresql://user:password@host:port/database?sslmode=…`, or `host=… dbname=…`; what is left out
  ///   comes from the PG… variables of the environment, as libpq does it.
  /// - Throws: `configuration`. The URL itself is not in the message, since it may hold a password.
  public init(url: String) throws(PostgreSQLError) {
    var options: [String: String] = [:]
    guard !url.utf8.contains(0), let parsed = PQconninfoParse(url, nil) else {
      throw PostgreSQLError(
        .configuration, "the database URL cannot be read; it looks like postgresql://user@host:5432/database")
    }
    defer { PQconninfoFree(parsed) }
    var option = parsed
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { options[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    self.options = options
    if let seconds = options["connect_timeout"].flatMap(Int32.init), seconds > 0 { connectTimeout = .seconds(seconds) }
  }

  /// The target without the password.
  public var description: String {
    let host = options["host"] ?? options["hostaddr"] ?? "default host"
    return "\(options["user"] ?? "default user")@\(host):\(options["port"] ?? "5432")/\(options["dbname"] ?? "")"
  }

  /// The same settings for another database of the same server.
  public func with(database: String) -> DatabaseConfiguration {
    DatabaseConfiguration(copying: self, options: options.merging(["dbname": database]) { $1 })
  }

  private init(copying other: DatabaseConfiguration, options: [String: String]) {
    self.options = options
    applicationName = other.applicationName
    connectTimeout = other.connectTimeout
    statementTimeout = other.statementTimeout
    unacknowledgedTimeout = other.unacknowledgedTimeout
  }

  /// What libpq is started with. ISO dates and UTC are fixed because results in text format are read with them in mind.
  func startParameters() -> [String: String] {
    var result = options
    result["application_name"] = options["application_name"] ?? applicationName
    result["client_encoding"] = "UTF8"
    result["keepalives"] = options["keepalives"] ?? "1"
    result["keepalives_idle"] = options["keepalives_idle"] ?? "30"
    result["keepalives_interval"] = options["keepalives_interval"] ?? "10"
    result["keepalives_count"] = options["keepalives_count"] ?? "3"
    result["tcp_user_timeout"] = options["tcp_user_timeout"] ?? String(unacknowledgedTimeout.wholeMilliseconds)
    var settings = "-c DateStyle=ISO -c TimeZone=UTC"
    if statementTimeout > .zero { settings += " -c statement_timeout=\(statementTimeout.wholeMilliseconds)" }
    if let own = options["options"], !own.isEmpty { settings = "\(own) \(settings)" }
    result["options"] = settings
    return result
  }
}
