import Stripe

/// Whether Stripe can be reached with the key that is set. One question, which changes nothing.
struct StripeCheckup {
  let wiring: Wiring

  func finding() -> Finding {
    guard let configuration = try? wiring.stripeConfiguration() else {
      return .note(
        "stripe", "STRIPE_SECRET_KEY is not set here: no outbox-worker can start",
        "set it, or STRIPE_SECRET_KEY_FILE, where outbox workers run")
    }
    let place = "\(configuration.apiBase), version \(configuration.apiVersion)"
    do throws(StripeTransportFailure) {
      let client = try StripeClient(configuration, release: Release.version, maximumConnections: 1)
      let answer = try client.perform(.meters(after: nil)).get()
      let request = answer.requestID.map { ", request \($0)" } ?? ""
      switch answer.status {
      case 200..<300: return .fine("stripe", place)
      case 401, 403:
        return .wrong(
          "stripe", "\(place): the key is not taken, HTTP status \(answer.status)\(request)",
          "correct STRIPE_SECRET_KEY; a restricted key needs the rights that docs/operations.md names")
      case 429: return .note("stripe", "\(place): it asks for less for now, HTTP status 429\(request)")
      default:
        return .wrong(
          "stripe", "\(place): HTTP status \(answer.status)\(request)",
          "look at status.stripe.com; check STRIPE_API_BASE and STRIPE_API_VERSION")
      }
    } catch {
      return .wrong(
        "stripe", "\(place): \(error.logText)", "check STRIPE_API_BASE and the way out of this machine's network")
    }
  }
}
