import Billing
import Outbox

/// What a company's subscription has to be in a period of ours, and what that changes about one that exists. Pure.
public struct SubscriptionPlan: Hashable, Sendable {
  /// `item` is `nil` for one to be added, `price` for one to be taken away.
  struct ItemChange: Hashable, Sendable {
    let item: RemoteID?
    let price: RemoteID?
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

  /// Items to add, items that get another price, and a base fee's that is owed no more. Items of others are left alone,
  /// and so are those of ours that nothing is reported to any more: without usage they cost nothing, and Stripe would drop
  /// the usage of one removed.
  ///
  /// - Parameter made: Stripe's name of each price, by lookup key.
  func changes(of subscription: StripeSubscription, made: [StripeText: RemoteID]) -> [ItemChange] {
    let changes = catalog.prices.compactMap { price -> ItemChange? in
      guard let id = made[price.lookupKey] else { return nil }
      let items = subscription.items.filter { $0.price == id || $0.product == price.product.key.text }
      if items.contains(where: { $0.price == id }) { return nil }
      return ItemChange(item: items.first?.id, price: id)
    }
    guard !catalog.products.contains(.baseFee) else { return changes }
    let fees = subscription.items.filter { $0.product == StripeProduct.baseFee.key.text }
    return changes + fees.map { ItemChange(item: $0.id, price: nil) }
  }
}
