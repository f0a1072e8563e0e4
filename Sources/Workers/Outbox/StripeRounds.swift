import Operations

/// A thread of the outbox worker that looks at something again and again, until the stop signal: after a round that fails,
/// later and later.
struct StripeRounds {
  let pulse: Health.Pulse
  let stop: StopSignal
  let bell: Doorbell

  /// A pulse is due at least this often.
  private static let longestWait = Duration.seconds(60)

  /// - Parameters:
  ///   - round: returns how long to wait for the next.
  ///   - noteFailure: told before the wait for the next attempt.
  func run<Failure: Error>(_ round: () throws(Failure) -> Duration, noteFailure: (Failure) -> Void) {
    var backoff = Backoff()
    var random = SystemRandomNumberGenerator()
    while !stop.isSet {
      pulse.beat()
      do throws(Failure) {
        let interval = try round()
        backoff.reset()
        wait(interval)
      } catch {
        noteFailure(error)
        bell.wait(atMost: backoff.next(using: &random))
      }
    }
  }

  private func wait(_ interval: Duration) {
    let end = ContinuousClock.now + interval
    while !stop.isSet, .now < end {
      bell.wait(atMost: min(ContinuousClock.now.duration(to: end), Self.longestWait))
      pulse.beat()
    }
  }
}
