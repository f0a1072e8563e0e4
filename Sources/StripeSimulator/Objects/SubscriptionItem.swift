/// `subscription_item`: one price of a subscription.
struct SubscriptionItem: Sendable {
  static let name = "subscription_item"
  static let url = "/v1/subscription_items"

  let id: String
  let created: Int
  let subscription: String
  var price: Price
  /// `nil` for metered prices, whose quantity is the meter's.
  var quantity: Int?
  var metadata = Metadata()
  /// From when on usage is not yet on any invoice; of metered prices only.
  var unbilledFrom: Int
}
