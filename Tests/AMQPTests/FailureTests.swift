import AMQP
import Glibc
import Testing

@Suite("When things fail", .enabled(if: TestBroker.isThere), .timeLimit(.minutes(1)))
struct FailureTests {
  @Test("a wrong password is an access refused, not shown and not retried")
  func wrongPassword() throws {
    let good = try TestBroker.configuration()
    let configuration = try BrokerConfiguration(url: "amqp://guest:hunter2@\(good.host):\(good.port)")
    let error = try failure { _ = try ConsumerConnection(configuration, name: "test", watchdog: try Watchdog()) }
    guard case .accessRefused = error.kind else {
      Issue.record("unexpected \(error)")
      return
    }
    #expect(!error.isRetryable)
    #expect(!"\(error)".contains("hunter2"))
  }

  @Test("a virtual host that is not there is refused at once")
  func noVirtualHost() throws {
    let good = try TestBroker.configuration()
    let configuration = try BrokerConfiguration(url: "amqp://\(good.host):\(good.port)/no-such")
    let error = try failure { _ = try Publisher(configuration, name: "test", watchdog: try Watchdog()) }
    guard case .connectionClosed(530, _) = error.kind else {
      Issue.record("unexpected \(error)")
      return
    }
  }

  @Test("a refused port and an unknown host are unreachable")
  func refused() throws {
    let listener = try Listener()
    listener.close()
    for host in ["127.0.0.1:\(listener.port)", "no-such-host.invalid"] {
      let configuration = try BrokerConfiguration(url: "amqp://\(host)/?connection_timeout=2000")
      let error = try failure { _ = try ConsumerConnection(configuration, name: "test", watchdog: try Watchdog()) }
      guard case .unreachable = error.kind else {
        Issue.record("unexpected \(error)")
        return
      }
      #expect(error.isRetryable)
    }
  }

  @Test("a peer that accepts and says nothing is given up within the connection timeout")
  func silentPeer() throws {
    let listener = try Listener()
    defer { listener.close() }
    let configuration = try BrokerConfiguration(url: "amqp://127.0.0.1:\(listener.port)/?connection_timeout=300")
    let clock = ContinuousClock()
    let start = clock.now
    let error = try failure { _ = try ConsumerConnection(configuration, name: "test", watchdog: try Watchdog()) }
    guard case .unreachable = error.kind else {
      Issue.record("unexpected \(error)")
      return
    }
    #expect(clock.now - start < .seconds(5))
  }

  @Test("a connection cut in the middle is lost for both sides, and what was unacknowledged comes again")
  func cut() throws {
    let bench = try Bench("cut")
    try bench.publish((0..<10).map { bytes("\($0)") })
    let proxy = try TCPProxy(to: bench.configuration)
    let configuration = try TestBroker.configuration(port: proxy.port)
    let consumer = try ConsumerConnection(configuration, name: "cut", watchdog: bench.watchdog)
    let publisher = try Publisher(configuration, name: "cut", watchdog: bench.watchdog)
    try consumer.consume(queue: bench.queue, prefetch: 10, tag: "worker")
    _ = try consumer.next(timeout: .seconds(5), maximumBodySize: 100)
    proxy.cut()
    let error = try failure {
      while true { _ = try consumer.next(timeout: .seconds(5), maximumBodySize: 100) }
    }
    guard case .connectionLost = error.kind else {
      Issue.record("unexpected \(error)")
      return
    }
    #expect(!consumer.isUsable)
    #expect(try failure { try consumer.acknowledge(1, multiple: true) } == error)
    #expect(
      try failure {
        while true {
          try publisher.publish(OutgoingMessage(body: [1]), exchange: "", routingKey: bench.queue, mandatory: false)
          publisher.flush()
        }
      }.isRetryable)
    #expect(!publisher.unsettled.isEmpty)
    try bench.eventually { try bench.status(of: bench.queue).messages >= 10 }
    try bench.consumer.consume(queue: bench.queue, prefetch: 10, tag: "worker")
    #expect(try bench.receive().isRedelivered)
  }

  @Test("a frozen peer: the watchdog ends a publish that would block for ever")
  func frozenPublish() throws {
    let bench = try Bench("frozen")
    let proxy = try TCPProxy(to: bench.configuration)
    var configuration = try TestBroker.configuration("heartbeat=0", port: proxy.port)
    configuration.callTimeout = .milliseconds(500)
    let publisher = try Publisher(configuration, name: "frozen", watchdog: bench.watchdog, maximumInFlight: 100_000)
    proxy.freeze()
    let large = OutgoingMessage(body: [UInt8](repeating: 1, count: 1 << 20))
    let error = try failure {
      while true { try publisher.publish(large, exchange: "", routingKey: bench.queue, mandatory: false) }
    }
    guard case .timedOut = error.kind else {
      Issue.record("unexpected \(error)")
      return
    }
    #expect(!publisher.isUsable)
  }

  @Test("a frozen peer: a call without an answer times out")
  func frozenCall() throws {
    let bench = try Bench("frozen-call")
    let proxy = try TCPProxy(to: bench.configuration)
    var configuration = try TestBroker.configuration(port: proxy.port)
    configuration.callTimeout = .milliseconds(300)
    let consumer = try ConsumerConnection(configuration, name: "frozen", watchdog: bench.watchdog)
    proxy.freeze()
    let error = try failure { try consumer.declareQueue(bench.queue) }
    guard case .timedOut = error.kind else {
      Issue.record("unexpected \(error)")
      return
    }
  }

  @Test("a frozen peer: silence past the heartbeat is a lost connection")
  func heartbeatMissed() throws {
    let bench = try Bench("silent")
    let proxy = try TCPProxy(to: bench.configuration)
    let configuration = try TestBroker.configuration("heartbeat=1", port: proxy.port)
    let consumer = try ConsumerConnection(configuration, name: "silent", watchdog: bench.watchdog)
    try consumer.consume(queue: bench.queue, prefetch: 1, tag: "worker")
    proxy.freeze()
    let error = try failure { _ = try consumer.next(timeout: .seconds(20), maximumBodySize: 100) }
    guard case .connectionLost = error.kind else {
      Issue.record("unexpected \(error)")
      return
    }
  }

  @Test("another thread breaks a connection that waits")
  func breaker() throws {
    let bench = try Bench("breaker")
    try bench.consumer.consume(queue: bench.queue, prefetch: 1, tag: "worker")
    let breaker = bench.consumer.breaker
    onThread {
      usleep(50_000)
      breaker.shutdownSocket()
    }
    let error = try failure { _ = try bench.consumer.next(timeout: .seconds(20), maximumBodySize: 100) }
    #expect(error.kind == .connectionLost("this process has shut the connection down"))
  }

  @Test("heartbeats keep an idle connection, and one whose thread is busy elsewhere")
  func heartbeats() throws {
    let bench = try Bench("idle", parameters: "heartbeat=1")
    try bench.consumer.consume(queue: bench.queue, prefetch: 10, tag: "worker")
    for _ in 0..<12 {
      // The broker gives a silent client up after two to three seconds.
      #expect(try bench.consumer.next(timeout: .milliseconds(400), maximumBodySize: 100) == nil)
      try bench.publisher.serviceHeartbeats()
    }
    try bench.publish([bytes("alive")])
    for _ in 0..<12 {
      usleep(400_000)
      try bench.consumer.serviceHeartbeats()
    }
    #expect(bench.consumer.unreadCount == 1)
    #expect(try bench.receive().body == bytes("alive"))
  }

  @Test("garbled frames end in an error, never in a crash", arguments: 1...40)
  func garbled(_ seed: Int) throws {
    let bench = try Bench("garbled")
    try bench.publish((0..<200).map { bytes("message \($0)") })
    let proxy = try TCPProxy(to: bench.configuration)
    var configuration = try TestBroker.configuration(port: proxy.port)
    configuration.callTimeout = .milliseconds(200)
    let consumer = try ConsumerConnection(
      configuration, name: "garbled", watchdog: bench.watchdog, readsProperties: true)
    proxy.garble(seed: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
    _ = try failure {
      try consumer.consume(queue: bench.queue, prefetch: 0, tag: "worker")
      while try consumer.next(timeout: .seconds(1), maximumBodySize: 1_000) != nil {}
      try consumer.cancel()
      try consumer.close()
    }
    #expect(!consumer.isUsable)
  }
}
