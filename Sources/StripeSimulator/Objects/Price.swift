/// `price`: what a unit of a product costs. The amounts of a price never change.
struct Price: StripeObject {
  static let name = "price"
  static let url = "/v1/prices"

  struct Recurring: Hashable, Sendable {
    let interval: BillingInterval
    let intervalCount: Int
    let usage: Usage
  }

  enum Usage: Hashable, Sendable {
    /// Billed in advance, by the quantity on the subscription item.
    case licensed
    /// Billed in arrears, by what the meter of this id has counted.
    case metered(meter: String)
  }

  let id: String
  let created: Int
  let isLive: Bool
  let currency: String
  let product: String
  let scheme: PriceScheme
  /// `nil` for a price that is charged once.
  let recurring: Recurring?
  var taxBehavior: String
  var active = true
  var lookupKey: String?
  var nickname: String?
  var metadata = Metadata()

  /// The meter that counts for this price; `nil` when it is licensed or charged once.
  var meter: String? {
    guard case .metered(let meter) = recurring?.usage else { return nil }
    return meter
  }
}
