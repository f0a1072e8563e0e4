import Billing
import JSON
import Outbox

/// An invoice as Stripe lists it.
public struct ListedInvoice: Hashable, Sendable {
  public let id: RemoteID
  /// Its lines may still change.
  public let isDraft: Bool
  /// In the currency's minor unit.
  public let total: Int64
  public let currency: Currency
  /// The subscription whose period's end has made it; `nil`: something else did.
  public let cycleOf: RemoteID?
  /// The end of that period.
  public let periodEnd: Instant

  /// Asks for a page of a customer's invoices.
  public static func request(of customer: RemoteID, createdSince since: Instant, after: RemoteID? = nil)
    -> StripeRequest
  {
    .invoices(of: customer, createdSince: since, after: after)
  }

  /// - Returns: `nil` when the answer is no list of invoices.
  public static func read(_ answer: StripeAnswer) -> (invoices: [ListedInvoice], next: RemoteID?)? {
    guard let page = StripePage(answer), let invoices = page.all(ListedInvoice.init) else { return nil }
    return (invoices, page.next)
  }

  private init?(_ object: JSONValue) {
    guard let id = object.remoteID, let status = object["status"]?.text,
      let total = object["total"]?.digits.flatMap({ Int64($0) }),
      let currency = object["currency"]?.text.flatMap({ Currency($0) }),
      let end = object["period_end"]?.digits.flatMap({ Int64($0) })
    else { return nil }
    self.id = id
    isDraft = status == "draft"
    self.total = total
    self.currency = currency
    let isCycle = object["billing_reason"]?.text == "subscription_cycle"
    cycleOf = isCycle ? object["parent"]?["subscription_details"]?["subscription"]?.remoteID : nil
    periodEnd = Instant(microseconds: 0).adding(seconds: end)
  }
}
