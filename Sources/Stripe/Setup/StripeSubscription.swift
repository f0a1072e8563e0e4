import JSON
import Outbox

/// A subscription as Stripe shows it: what of it decides where usage is billed.
public struct StripeSubscription: Hashable, Sendable {
  public struct Item: Hashable, Sendable {
    public let id: RemoteID
    public let price: RemoteID
    /// Of a metered price.
    public let meter: RemoteID?
    /// The price's, if we made it.
    let lookupKey: String?
    /// What the price is for, if we made it: `StripeProduct.key`.
    let product: String?
  }

  public let id: RemoteID
  /// Whether it is still billed: neither cancelled nor expired.
  public let isLive: Bool
  /// The company that it was made for by this product.
  let companyID: String?
  public let items: [Item]

  /// `nil` when the object cannot be read, or has more items than it shows.
  public init?(_ object: JSONValue) {
    guard object["object"]?.text == "subscription", let id = object["id"]?.remoteID,
      let status = object["status"]?.text, let list = object["items"]?["data"]?.elements,
      object["items"]?["has_more"]?.isTrue != true
    else { return nil }
    self.id = id
    isLive = status != "canceled" && status != "incomplete_expired"
    companyID = object["metadata"]?["company_id"]?.text
    items = list.compactMap { Item($0) }
    guard items.count == list.count else { return nil }
  }

  /// From a subscription's own answer.
  public init?(_ answer: StripeAnswer) {
    guard answer.isSuccess, let body = answer.body else { return nil }
    self.init(body)
  }
}

extension StripeSubscription.Item {
  init?(_ object: JSONValue) {
    guard let id = object["id"]?.remoteID, let price = object["price"], let priceID = price.remoteID else { return nil }
    self.id = id
    self.price = priceID
    meter = price["recurring"]?["meter"]?.remoteID
    lookupKey = price["lookup_key"]?.text
    product = price["metadata"]?["usage_billing"]?.text
  }
}
