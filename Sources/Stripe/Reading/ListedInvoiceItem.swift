import Billing
import JSON
import Outbox

/// An invoice item as Stripe lists it.
public struct ListedInvoiceItem: Hashable, Sendable {
  public let id: RemoteID
  /// In the currency's minor unit.
  public let minorUnits: Int64
  /// Stripe's code; `usd`.
  public let currency: Currency
  /// Our entry that made it; `nil`: somebody else did.
  public let entry: EntryID?
  /// The first day of the billing period that we made it for; charges have none.
  public let periodStart: CivilDate?
  /// The invoice that it stands on; `nil`: it waits for the next one.
  public let invoice: RemoteID?

  /// Asks for a page of a customer's items.
  public static func request(of customer: RemoteID, createdSince since: Instant, after: RemoteID? = nil)
    -> StripeRequest
  {
    .invoiceItems(of: customer, createdSince: since, after: after)
  }

  /// - Returns: `nil` when the answer is no list of invoice items.
  public static func read(_ answer: StripeAnswer) -> (items: [ListedInvoiceItem], next: RemoteID?)? {
    guard let page = StripePage(answer), let items = page.all(ListedInvoiceItem.init) else { return nil }
    return (items, page.next)
  }

  private init?(_ object: JSONValue) {
    guard let id = object.remoteID, let amount = object["amount"]?.digits.flatMap({ Int64($0) }),
      let currency = object["currency"]?.text.flatMap({ Currency($0) })
    else { return nil }
    self.id = id
    minorUnits = amount
    self.currency = currency
    let metadata = object["metadata"]
    entry = metadata?["entry_id"]?.text.flatMap { EntryID($0) }
    invoice = object["invoice"]?.remoteID
    periodStart = metadata?["period_start"]?.text.flatMap { CivilDate($0) }
  }
}
