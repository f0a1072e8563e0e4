import Synchronization

/// One connection's deadline, as the watchdog sees it.
final class WatchdogSlot: Sendable {
  private static let disarmed: UInt64 = 0
  private static let broken = UInt64.max

  /// Monotonic nanoseconds; the two values above are no instants.
  private let deadline = Atomic<UInt64>(disarmed)
  private let breaker: ConnectionBreaker

  init(_ breaker: ConnectionBreaker) { self.breaker = breaker }

  /// Whether the watchdog has broken this connection.
  var hasBroken: Bool { deadline.load(ordering: .acquiring) == Self.broken }

  /// Sets the deadline of the call about to be made. Without effect once broken: the socket is down for good.
  func arm(_ instant: UInt64) {
    replace(with: instant)
  }

  /// The call has returned.
  func disarm() {
    replace(with: Self.disarmed)
  }

  private func replace(with value: UInt64) {
    let current = deadline.load(ordering: .relaxed)
    guard current != Self.broken else { return }
    // Only the watchdog writes besides the owner, and only `broken`: if the exchange fails, that has happened, and stays.
    _ = deadline.compareExchange(expected: current, desired: value, ordering: .acquiringAndReleasing)
  }

  func breakIfOverdue(_ now: UInt64) {
    let current = deadline.load(ordering: .acquiring)
    guard current != Self.disarmed, current <= now else { return }
    // The exchange fails if the call has just returned or a new one begun.
    let (exchanged, _) = deadline.compareExchange(
      expected: current, desired: Self.broken, ordering: .acquiringAndReleasing)
    if exchanged { breaker.shutdownSocket() }
  }
}
