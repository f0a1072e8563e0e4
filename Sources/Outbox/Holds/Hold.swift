import PostgreSQL

/// Why a sequence waits until somebody changes something; nobody looks at it until then.
public enum Hold: String, Hashable, Sendable, CaseIterable {
  /// Nobody has registered the company.
  case unregistered
  /// The company's `stripe_mode` is `off`.
  case off
  /// It is `shadow`: entries are written, not sent.
  case shadow
  /// A person has paused the company.
  case paused
  /// The company is no customer at Stripe yet.
  case noCustomer = "no_customer"
  /// A meter's event would be taken and never billed: the company has no subscription, or
  /// its subscription begins with a later period.
  case noSubscription = "no_subscription"
  /// The subscription is not known to have the meter's price: nobody has looked yet.
  case subscriptionUnchecked = "subscription_unchecked"
  /// The subscription has no price of the meter.
  case noMeterPrice = "no_meter_price"
  /// The invoice that it belongs to is not made yet.
  case noInvoice = "no_invoice"
}

extension Hold: PostgreSQLConvertible {
  public var postgreSQLValue: String { rawValue }
  public init(postgreSQLValue text: String) throws(PostgreSQLError) {
    guard let hold = Hold(rawValue: text) else { throw PostgreSQLError(.decoding, "a stored value is not a hold") }
    self = hold
  }
}
