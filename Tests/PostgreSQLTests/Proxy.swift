import Glibc
import Synchronization
import Testing

/// A TCP proxy on loopback that can stop passing bytes on, in the manner of a frozen peer, or cut its connections.
final class Proxy: Sendable {
  let port: UInt16
  private let listener: Int32
  private let target: UInt16
  private let state = Mutex(State())

  private struct State {
    var isFrozen = false
    var isStopped = false
    var sockets: [Int32] = []
    var workers: [Worker] = []
  }

  init(to target: UInt16) throws {
    self.target = target
    (listener, port) = try Loopback.listen()
    let worker = try Worker { [self] in accept() }
    state.withLock { $0.workers.append(worker) }
  }

  /// From now on nothing passes in either direction, while connections stay open and new ones are accepted.
  func freeze() { state.withLock { $0.isFrozen = true } }

  func cut() {
    state.withLock { state in
      for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
    }
  }

  func stop() {
    state.withLock { $0.isStopped = true }
    cut()
    let workers = state.withLock { $0.workers }
    for worker in workers { worker.join() }
    let sockets = state.withLock { $0.sockets }
    for socket in sockets { close(socket) }
    close(listener)
    // The workers hold the proxy in turn.
    state.withLock { $0.workers = [] }
  }

  private var isStopped: Bool { state.withLock { $0.isStopped } }

  private func accept() {
    while !isStopped {
      var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, 20) > 0 else { continue }
      let client = Glibc.accept(listener, nil, nil)
      let server = Loopback.connect(target)
      do {
        let forth = try Worker { [self] in pass(client, server) }
        let back = try Worker { [self] in pass(server, client) }
        state.withLock {
          $0.sockets += [client, server]
          $0.workers += [forth, back]
        }
      } catch {
        Issue.record(error)
      }
    }
  }

  private func pass(_ source: Int32, _ sink: Int32) {
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while !isStopped {
      var entry = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
      if state.withLock({ $0.isFrozen }) {
        usleep(5_000)
        continue
      }
      guard poll(&entry, 1, 20) > 0 else { continue }
      let count = read(source, &chunk, chunk.count)
      guard count > 0 else { break }
      var sent = 0
      while sent < count {
        let length = chunk.withUnsafeBytes { bytes in
          bytes.baseAddress.map { send(sink, $0 + sent, count - sent, Int32(MSG_NOSIGNAL)) } ?? -1
        }
        if length <= 0 { break }
        sent += length
      }
    }
    shutdown(sink, Int32(SHUT_WR))
  }
}
