import Billing
import Outbox

/// What a company's subscription has to be in a period of ours, and what that changes about one that exists. Pure.
public struct SubscriptionPlan: Hashable, Sendable {
  /// `item` is `nil` for one to be added.
  struct ItemChange: Hashable, Sendable {
    let item: RemoteID?
    let price: RemoteID
  }

  let company: CompanyID
  public let period: BillingPeriod
  let anchorDay: AnchorDay
  public let catalog: StripeCatalog

  public init(company: CompanyID, period: BillingPeriod, anchorDay: AnchorDay, catalog: StripeCatalog) {
    self.company = company
    self.period = period
    self.anchorDay = anchorDay
    self.catalog = catalog
  }

  /// Items to add and items that get another price. Items of others are left alone, and so are those of ours that
  /// nothing is reported to any more: without usage they cost nothing, and Stripe would drop the usage of one removed.
  ///
  /// - Parameter made: Stripe's name of each price, by lookup key.
  func changes(of subscription: StripeSubscription, made: [StripeText: RemoteID]) -> [ItemChange] {
    catalog.prices.compactMap { price in
      guard let id = made[price.lookupKey] else { return nil }
      let items = subscription.items.filter { $0.price == id || $0.product == price.product.key.text }
      if items.contains(where: { $0.price == id }) { return nil }
      return ItemChange(item: items.first?.id, price: id)
    }
  }
}
