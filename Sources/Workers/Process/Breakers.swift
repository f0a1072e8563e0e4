import AMQP
import Synchronization

/// Connections that a shutdown breaks at its deadline, so that no call outlives it.
public final class Breakers: Sendable {
  private let breakers: Mutex<[ConnectionBreaker]> = Mutex([])

  /// Only the latest few can be alive: lanes make one connection after the other.
  private static let kept = 256

  public init() {}

  public func add(_ breaker: ConnectionBreaker) {
    breakers.withLock { breakers in
      breakers.append(breaker)
      if breakers.count > Self.kept { breakers.removeFirst(breakers.count - Self.kept) }
    }
  }

  public func breakAll() {
    for breaker in breakers.withLock({ $0 }) { breaker.shutdownSocket() }
  }
}
