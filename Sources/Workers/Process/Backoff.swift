/// How long to wait before the next attempt: exponential, with full jitter, so that replicas do not come back together.
public struct Backoff: Sendable {
  private let first: Duration
  private let greatest: Duration
  private var ceiling: Duration

  public init(first: Duration = .milliseconds(100), greatest: Duration = .seconds(15)) {
    self.first = first
    self.greatest = greatest
    ceiling = first
  }

  /// The wait before the next attempt: between a tenth of the ceiling, which doubles each time, and the ceiling.
  public mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
    let share = Double.random(in: 0.1...1, using: &random)
    let wait = ceiling * share
    ceiling = min(ceiling * 2, greatest)
    return wait
  }

  public mutating func reset() { ceiling = first }
}
