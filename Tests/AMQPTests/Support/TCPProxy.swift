import AMQP
import Glibc
import Synchronization

/// Stands between client and broker; cuts, freezes or garbles the connection on command.
final class TCPProxy: Sendable {
  let port: UInt16
  private let listener: Listener
  private let brokerPort: UInt16
  private let isFrozen = Atomic<Bool>(false)
  private let sockets = Mutex<[Int32]>([])
  /// Seed of the noise in what the broker sends; zero for none.
  private let noise = Atomic<UInt64>(0)
  /// Bytes that the broker sent.
  let received = Atomic<Int>(0)

  init(to configuration: BrokerConfiguration) throws {
    listener = try Listener()
    port = listener.port
    brokerPort = configuration.port
    let listener = listener
    onThread { [weak self] in
      while true {
        let client = listener.accept()
        guard client >= 0, let self else { return }
        self.serve(client)
      }
    }
  }

  deinit {
    listener.close()
    cut()
  }

  /// Ends every connection at once.
  func cut() {
    sockets.withLock { sockets in
      for socket in sockets { shutdown(socket, Int32(SHUT_RDWR)) }
      sockets = []
    }
  }

  /// Stops reading and forwarding, without a word to either side.
  func freeze() { isFrozen.store(true, ordering: .releasing) }

  /// From now on, changes about one byte in fifty of what the broker sends.
  func garble(seed: UInt64) { noise.store(seed | 1, ordering: .releasing) }

  private func serve(_ client: Int32) {
    let broker = Listener.connect(to: brokerPort)
    sockets.withLock { $0 += [client, broker] }
    onThread { [self] in pump(client, broker, isFromBroker: false) }
    onThread { [self] in pump(broker, client, isFromBroker: true) }
  }

  private func pump(_ source: Int32, _ target: Int32, isFromBroker: Bool) {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      var waiting = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
      poll(&waiting, 1, -1)
      while isFrozen.load(ordering: .acquiring) {
        // No events are asked for: only the end of the connection wakes it.
        var ended = pollfd(fd: source, events: 0, revents: 0)
        if poll(&ended, 1, 20) > 0 { break }
      }
      let count = read(source, &buffer, buffer.count)
      guard count > 0 else { break }
      if isFromBroker {
        received.add(count, ordering: .relaxed)
        garbleIfAsked(&buffer, count)
      }
      guard send(target, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
    }
    shutdown(target, Int32(SHUT_RDWR))
  }

  private func garbleIfAsked(_ buffer: inout [UInt8], _ count: Int) {
    var seed = noise.load(ordering: .acquiring)
    guard seed != 0 else { return }
    for index in 0..<count {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      if seed >> 33 % 50 == 0 { buffer[index] = UInt8(truncatingIfNeeded: seed >> 40) }
    }
    noise.store(seed | 1, ordering: .releasing)
  }
}
