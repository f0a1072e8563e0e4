/// How many requests may be in flight: one more for each full round without a complaint, half as many after one.
///
/// Additive increase, multiplicative decrease, as TCP does it: several replicas that share an account's limit come to an
/// even share without talking to each other.
struct ConcurrencyLimit {
  private(set) var current: Int
  private let greatest: Int
  private var answeredSinceRise = 0
  private var deafUntil: ContinuousClock.Instant?

  /// Answers to requests that were sent before the limit fell tell nothing new.
  private static let deafness = Duration.seconds(1)

  init(greatest: Int) {
    self.greatest = max(1, greatest)
    current = self.greatest
  }

  /// An answer came that does not complain.
  mutating func noteAnswer() {
    guard current < greatest else { return }
    answeredSinceRise += 1
    guard answeredSinceRise >= current else { return }
    answeredSinceRise = 0
    current += 1
  }

  /// The peer says that it is too much at once.
  mutating func noteComplaint(now: ContinuousClock.Instant) {
    if let deafUntil, now < deafUntil { return }
    deafUntil = now + Self.deafness
    answeredSinceRise = 0
    current = max(1, current / 2)
  }
}
