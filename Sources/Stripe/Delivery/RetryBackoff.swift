/// How long an entry waits for its next attempt: full jitter over a window that doubles from half a second to five
/// minutes, so that what failed together does not come back together.
///
/// There is no last attempt. After about ten the window stays at five minutes, and an entry waits two and a half on
/// average, for as long as an outage lasts.
public enum RetryBackoff {
  static let first = Duration.milliseconds(500)
  static let longest = Duration.seconds(300)

  /// - Parameters:
  ///   - attempts: those made so far, at least 1.
  ///   - atLeast: what Stripe asked for, or what the problem needs.
  public static func delay(
    attempts: Int, atLeast: Duration?, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    let doublings = min(max(attempts, 1) - 1, 16)
    let window = min(first * (1 << doublings), longest)
    let jittered = Duration.milliseconds(Int64.random(in: 0...window.wholeMilliseconds, using: &generator))
    return max(jittered, atLeast ?? .zero)
  }
}

extension Duration {
  fileprivate var wholeMilliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}
