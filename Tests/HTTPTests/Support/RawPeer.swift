import Glibc
import Synchronization

struct TestFailure: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// A TCP listener whose connections are served by a script, each on a thread of its own: a peer that misbehaves.
final class RawPeer: Sendable {
  let port: UInt16
  let accepted = Atomic(0)
  /// Requests whose header was read to its end.
  let requests = Atomic(0)
  private let listener: Int32

  /// One connection of it.
  struct Link {
    let descriptor: Int32
    let peer: RawPeer

    func send(_ text: String) {
      let bytes = Array(text.utf8)
      _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Reads to the end of a request's header; `false` at the end of the connection.
    @discardableResult
    func readRequest() -> Bool {
      var bytes: [UInt8] = []
      var byte: UInt8 = 0
      while recv(descriptor, &byte, 1, 0) == 1 {
        bytes.append(byte)
        if bytes.suffix(4) == [13, 10, 13, 10] {
          peer.requests.add(1, ordering: .relaxed)
          return true
        }
      }
      return false
    }

    /// Until the other side ends.
    func hang() {
      var byte: UInt8 = 0
      while recv(descriptor, &byte, 1, 0) > 0 {}
    }
  }

  init(_ script: @escaping @Sendable (Link) -> Void) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopbackAddress(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isBound else { throw TestFailure("cannot listen") }
    listener = descriptor
    port = UInt16(bigEndian: address.sin_port)
    onThread { [weak self] in
      // Closed here only: its number must not become another's while this thread may still accept on it.
      defer { close(descriptor) }
      while true {
        let client = accept(descriptor, nil, nil)
        guard client >= 0 else { return }
        guard let peer = self else {
          close(client)
          return
        }
        peer.accepted.add(1, ordering: .relaxed)
        onThread {
          script(Link(descriptor: client, peer: peer))
          close(client)
        }
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  var url: String { "http://127.0.0.1:\(port)/" }
}

/// A client without manners.
final class RawClient {
  let descriptor: Int32

  init(_ port: UInt16) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopbackAddress(port)
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool { Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) >= 0 }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// What comes until the server ends the connection, or for ten seconds.
  func readAll() -> String {
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return String(decoding: all, as: UTF8.self) }
      all += chunk[..<count]
    }
  }

  /// What is there next, waiting for it.
  func read() -> String {
    var chunk = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    return String(decoding: chunk[..<max(count, 0)], as: UTF8.self)
  }
}

private func loopbackAddress(_ port: UInt16) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  return address
}

/// Runs work on a thread of its own: nothing that blocks belongs on the tests' own threads.
func onThread(_ work: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }
  var thread = pthread_t()
  let context = Unmanaged.passRetained(Box(work)).toOpaque()
  pthread_create(
    &thread, nil,
    { context in
      if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().work() }
      return nil
    }, context)
  pthread_detach(thread)
}

/// Waits for a condition, at most ten seconds.
func eventually(_ condition: () -> Bool) -> Bool {
  let end = ContinuousClock.now + .seconds(10)
  while !condition() {
    guard .now < end else { return false }
    usleep(2000)
  }
  return true
}
