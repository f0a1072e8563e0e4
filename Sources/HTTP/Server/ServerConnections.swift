import Glibc
import Synchronization

/// The connections of a server, and since when each has been waited for to complete a request.
final class ServerConnections: Sendable {
  private struct Connection {
    let descriptor: Int32
    /// `nil` while a request of it is being answered.
    var waitsSince: ContinuousClock.Instant?
  }

  private let connections: Mutex<[UInt: Connection]> = Mutex([:])
  private let answering = Atomic(0)

  func add(_ key: UInt, descriptor: Int32) {
    connections.withLock { $0[key] = Connection(descriptor: descriptor, waitsSince: .now) }
  }

  /// Called before the descriptor is closed: from then on its number may be another connection's.
  func remove(_ key: UInt) { connections.withLock { $0[key] = nil } }

  func beginAnswer(_ key: UInt) {
    answering.add(1, ordering: .acquiringAndReleasing)
    connections.withLock { $0[key]?.waitsSince = nil }
  }

  /// The answer was sent, or given up.
  func endAnswer(_ key: UInt) {
    connections.withLock { $0[key]?.waitsSince = .now }
    answering.subtract(1, ordering: .acquiringAndReleasing)
  }

  /// Ends connections whose request has not become complete since `limit`.
  func reap(since limit: ContinuousClock.Instant) {
    connections.withLock { connections in
      for connection in connections.values {
        if let since = connection.waitsSince, since < limit { shutdown(connection.descriptor, Int32(SHUT_RDWR)) }
      }
    }
  }

  func shutdownAll() {
    connections.withLock { connections in
      for connection in connections.values { shutdown(connection.descriptor, Int32(SHUT_RDWR)) }
    }
  }

  /// - Returns: whether every answer was given in time.
  func waitUntilIdle(until deadline: ContinuousClock.Instant) -> Bool {
    while answering.load(ordering: .acquiring) > 0 {
      guard .now < deadline else { return false }
      usleep(1000)
    }
    return true
  }
}
