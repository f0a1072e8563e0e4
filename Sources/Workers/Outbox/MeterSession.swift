import Stripe

/// The token that requests to the meter event stream carry: asked for when it is first needed, and anew before it ends.
struct MeterSession {
  private enum State {
    case none
    case asked
    case open(StripeKey, until: ContinuousClock.Instant)
    /// Stripe gave none; not to be asked again before.
    case refused(until: ContinuousClock.Instant)
  }

  private var state = State.none

  /// Stripe's tokens live for 15 minutes (documentation of meter event sessions). Not read from the answer: the two
  /// clocks may differ.
  private static let life = Duration.seconds(14 * 60)
  private static let pause = Duration.seconds(2)

  /// The token, if there is one that will live through a request.
  func token(now: ContinuousClock.Instant) -> StripeKey? {
    guard case .open(let token, let end) = state, now < end else { return nil }
    return token
  }

  /// Whether a token has to be asked for.
  func isToBeAsked(now: ContinuousClock.Instant) -> Bool {
    switch state {
    case .none: true
    case .asked: false
    case .open(_, let end): now >= end
    case .refused(let end): now >= end
    }
  }

  mutating func noteAsked() { state = .asked }

  /// The answer to the question for a token.
  mutating func note(_ result: Result<StripeAnswer, StripeTransportFailure>, now: ContinuousClock.Instant) {
    guard case .success(let answer) = result, let session = MeterEventSession(answer) else {
      state = .refused(until: now + Self.pause)
      return
    }
    state = .open(session.token, until: now + Self.life)
  }

  /// Stripe does not take the token any more.
  mutating func noteExpired() { state = .none }
}
