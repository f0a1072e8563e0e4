import AMQP
import Glibc
import Testing

@Suite("TLS", .enabled(if: TLSServer.isPossible), .timeLimit(.minutes(1)))
struct TLSTests {
  private func connect(_ server: TLSServer, host: String, _ parameters: String) throws -> AMQPError {
    let configuration = try BrokerConfiguration(
      url: "amqps://\(host):\(server.port)/?connection_timeout=1000\(parameters)")
    return try failure { _ = try ConsumerConnection(configuration, name: "test", watchdog: try Watchdog()) }
  }

  private func isRejected(_ error: AMQPError) -> Bool {
    if case .certificateRejected = error.kind { true } else { false }
  }

  @Test("accepts a certificate of the given authority for this host, and only then goes on to log in")
  func accepted() throws {
    let server = try TLSServer(names: "DNS:localhost")
    // The server speaks no AMQP, so that the login is what fails.
    let error = try connect(server, host: "localhost", "&cacertfile=\(server.authority)")
    #expect(!isRejected(error), "\(error)")
    #expect(error.isRetryable)
  }

  @Test("rejects a certificate for another host", arguments: ["DNS:other.example", "DNS:localhost.example", "DNS:*"])
  func wrongHost(_ names: String) throws {
    let server = try TLSServer(names: names)
    let error = try connect(server, host: "localhost", "&cacertfile=\(server.authority)")
    #expect(isRejected(error), "\(error)")
    #expect(!error.isRetryable)
  }

  @Test("rejects a certificate of an unknown authority")
  func unknownAuthority() throws {
    let server = try TLSServer(names: "DNS:localhost")
    let other = try TLSServer(names: "DNS:localhost")
    #expect(isRejected(try connect(server, host: "localhost", "&cacertfile=\(other.authority)")))
    #expect(isRejected(try connect(server, host: "localhost", "")))
  }

  @Test("rejects an expired certificate")
  func expired() throws {
    let server = try TLSServer(names: "DNS:localhost", expired: true)
    #expect(isRejected(try connect(server, host: "localhost", "&cacertfile=\(server.authority)")))
  }

  @Test("takes any certificate when told not to verify")
  func unverified() throws {
    let server = try TLSServer(names: "DNS:other.example")
    #expect(!isRejected(try connect(server, host: "localhost", "&verify=verify_none")))
  }

  @Test("names a file that cannot be read as a mistake of the configuration")
  func missingFile() throws {
    let configuration = try BrokerConfiguration(url: "amqps://localhost:1/?cacertfile=/no/such.pem")
    let error = try failure { _ = try ConsumerConnection(configuration, name: "test", watchdog: try Watchdog()) }
    guard case .invalidConfiguration = error.kind else {
      Issue.record("unexpected \(error)")
      return
    }
  }

  @Test("carries messages to a broker and back", .enabled(if: getenv("AMQPS_URL") != nil && TestBroker.isThere))
  func throughBroker() throws {
    let url = try #require(getenv("AMQPS_URL").map { String(cString: $0) })
    let bench = try Bench("tls")
    let secure = try BrokerConfiguration(url: url)
    let publisher = try Publisher(secure, name: "tls", watchdog: bench.watchdog)
    let consumer = try ConsumerConnection(secure, name: "tls", watchdog: bench.watchdog)
    let bodies = (0..<2_000).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: $0 * 10) }
    for body in bodies {
      try publisher.publish(OutgoingMessage(body: body), exchange: "", routingKey: bench.queue, mandatory: true)
    }
    #expect(try publisher.waitForConfirms(timeout: .seconds(20)).allSatisfy { $0.outcome == .confirmed })
    try consumer.consume(queue: bench.queue, prefetch: 100, tag: "worker")
    for body in bodies {
      guard case .delivery(let delivery)? = try consumer.next(timeout: .seconds(10), maximumBodySize: 65_536) else {
        throw TestFailure("no delivery came")
      }
      #expect(delivery.body == body)
      try consumer.acknowledge(delivery.tag, multiple: false)
    }
    try consumer.close()
    try publisher.close()
  }
}
