import Glibc
import Stripe

extension Wiring {
  /// Speaks to Stripe for a command, one request at a time.
  func stripeCaller() throws -> StripeCaller {
    let client = try StripeClient(stripeConfiguration(), release: Release.version)
    return StripeCaller(sleep: Self.sleep) { client.perform($0) }
  }

  private static func sleep(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    var wait = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    // A signal that ends it early only makes the next attempt come sooner.
    nanosleep(&wait, nil)
  }
}
