/// Where a broker is and how to be let in; parsed from a URL of RabbitMQ's form, checked at once.
///
/// `amqp://user:password@host:port/vhost?heartbeat=30` or `amqps://…`. User, password and virtual host are
/// percent-decoded; without a path, or with `/` alone, the virtual host is `/`. Parameters:
///
/// - `heartbeat`: seconds, 0 to 65535; 30 by default, 0 turns heartbeats off.
/// - `connection_timeout`: milliseconds for connecting and logging in; 10,000 by default.
/// - `frame_max`: bytes, 4,096 to 131,072, the default. A message's headers must fit into one frame, so a smaller value
///   makes messages with large headers unreadable.
/// - `cacertfile`, `certfile`, `keyfile` (PEM files), `verify` (`verify_peer`, the default, or `verify_none`): `amqps` only.
///   Without `cacertfile` the system's authorities are trusted.
public struct BrokerConfiguration: Sendable, Equatable {
  /// TLS settings of an `amqps` URL.
  public struct Security: Sendable, Equatable {
    /// PEM file of the trusted authorities; the system's if nil.
    public var authoritiesFile: String?
    /// PEM file of this client's certificate chain.
    public var certificateFile: String?
    /// PEM file of this client's key; given exactly when `certificateFile` is.
    public var keyFile: String?
    /// Whether the broker's certificate and host name are checked.
    public var verifiesPeer = true
  }

  /// Host name or address, without brackets.
  public let host: String
  /// TCP port.
  public let port: UInt16
  /// User name.
  public let user: String
  let password: String
  /// Virtual host.
  public let virtualHost: String
  /// TLS settings; nil for a plain connection.
  public let security: Security?
  /// Heartbeat interval offered to the broker, whole seconds; zero for none. The broker may lower it.
  public let heartbeat: Duration
  /// Limit for resolving, connecting, TLS and login together (the system's resolver may overrun it).
  public let connectTimeout: Duration
  /// Largest frame, in bytes.
  public let maximumFrameSize: Int
  /// Limit for any single call that sends or awaits an answer; past it the connection is broken by the watchdog.
  public var callTimeout: Duration = .seconds(30)

  /// Parses and checks a URL.
  ///
  /// - Throws: `AMQPError` of kind `invalidConfiguration`. It names the part that is wrong and never repeats any of the URL,
  ///   since a mistyped URL may hold the password anywhere.
  public init(url: String) throws(AMQPError) {
    var parser = BrokerURL()
    do {
      try parser.parse(url)
    } catch {
      throw AMQPError(.invalidConfiguration(error.reason), operation: "read the broker's URL", broker: "")
    }
    host = parser.host
    port = parser.port
    user = parser.user
    password = parser.password
    virtualHost = parser.virtualHost
    security = parser.security
    heartbeat = .seconds(parser.heartbeatSeconds)
    connectTimeout = .milliseconds(parser.connectTimeoutMilliseconds)
    maximumFrameSize = parser.maximumFrameSize
  }

  /// `host:port/virtual host`, as errors name the broker.
  var place: String {
    "\(host.contains(":") ? "[\(host)]" : host):\(port)\(virtualHost == "/" ? "/" : "/\(virtualHost)")"
  }
}

extension BrokerConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The URL without password and parameters.
  public var description: String { "\(security == nil ? "amqp" : "amqps")://\(user)@\(place)" }
  /// Same as `description`, so that no debug output shows the password.
  public var debugDescription: String { description }
  /// Shows the description only, so that `dump` and reflection do not find the password.
  public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
