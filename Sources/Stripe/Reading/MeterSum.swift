import Billing
import JSON
import Outbox

/// What a meter has counted for a customer, as its event summaries say.
public enum MeterSum {
  /// Asks for whole minutes: from `start` to before `end`.
  public static func request(
    of meter: RemoteID, customer: RemoteID, from start: Instant, to end: Instant, after: RemoteID? = nil
  ) -> StripeRequest {
    .summaries(of: meter, customer: customer, from: start, to: end, after: after)
  }

  /// Adds up one page.
  ///
  /// - Returns: `nil` when the answer is no list of summaries.
  public static func read(_ answer: StripeAnswer) -> (sum: Quantity, next: RemoteID?)? {
    guard let page = StripePage(answer) else { return nil }
    var sum = Quantity.zero
    for summary in page.objects {
      guard let value = summary["aggregated_value"]?.digits.flatMap(quantity) else { return nil }
      sum += value
    }
    return (sum, page.next)
  }

  /// Stripe adds up in binary floating point, whose digits may go past ours: they are rounded to the ninth decimal.
  private static func quantity(_ digits: String) -> Quantity? {
    if let exact = Quantity(digits) { return exact }
    guard let point = digits.firstIndex(of: "."), !digits.contains(where: { $0 == "e" || $0 == "E" }),
      let cut = digits.index(point, offsetBy: Quantity.scale + 1, limitedBy: digits.endIndex), cut < digits.endIndex,
      let kept = Quantity(String(digits[..<cut]))
    else { return nil }
    guard digits[cut] >= "5" else { return kept }
    return kept + Quantity(units: digits.hasPrefix("-") ? -1 : 1)
  }
}
