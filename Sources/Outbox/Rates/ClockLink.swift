import Billing

/// What the database's clock shows at an instant of ours, from the times at which it was asked and answered.
///
/// The answer was made between the two. The quickest exchange of the last seconds errs least, by half its time at most.
struct ClockLink: Sendable {
  private struct Exchange {
    let asked: ContinuousClock.Instant
    let answered: ContinuousClock.Instant
    let clock: Instant

    var length: Duration { asked.duration(to: answered) }
  }

  /// Clocks drift, by some 50 microseconds a second at worst.
  private static let memory = Duration.seconds(10)
  private static let most = 64

  private var exchanges: [Exchange] = []
  private var quickest: Exchange?

  mutating func note(_ lease: TokenLease) {
    exchanges.removeAll { $0.answered.duration(to: lease.answeredAt) > Self.memory }
    if exchanges.count == Self.most { exchanges.removeFirst() }
    exchanges.append(Exchange(asked: lease.askedAt, answered: lease.answeredAt, clock: lease.clock))
    quickest = exchanges.min { $0.length < $1.length }
  }

  var count: Int { exchanges.count }

  /// Between the earliest and the latest instant that `local` may mean.
  var uncertainty: Duration { quickest?.length ?? .zero }

  /// Our instant at which the database's clock shows `instant`; nil before the first exchange.
  func local(_ instant: Instant) -> ContinuousClock.Instant? {
    guard let quickest else { return nil }
    let middle = quickest.asked + quickest.length / 2
    return middle + .microseconds(instant.microseconds - quickest.clock.microseconds)
  }
}
