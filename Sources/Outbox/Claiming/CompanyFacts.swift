import Billing

/// What a company's row, its pause and its subscription say about sending.
struct CompanyFacts: Hashable, Sendable {
  enum Mode: String, Hashable, Sendable {
    case off, shadow, live
  }

  var isRegistered = true
  var mode = Mode.live
  var isPaused = false
  var customer: RemoteID?
  var subscription: RemoteID?
  /// The subscription bills periods that begin on this day or later; nil: all.
  var subscriptionStart: CivilDate?
  /// Somebody has looked at the subscription's prices.
  var isSubscriptionChecked = false
  /// The subscription has a price of the sequence's meter.
  var hasMeterPrice = false
  var displayName: String?

  /// Why the sequence must wait; nil: it may be sent. What an operator has to do first comes first.
  ///
  /// - Parameter period: of the meter event that is first.
  func hold(
    _ key: OrderingKey, period: BillingPeriod? = nil, lacksInvoice: Bool, _ requirements: SendRequirements
  ) -> Hold? {
    guard isRegistered else { return .unregistered }
    switch mode {
    case .off: return .off
    case .shadow: return .shadow
    case .live: break
    }
    if isPaused { return .paused }
    switch key {
    case .customer: return nil
    case .items:
      if customer == nil { return .noCustomer }
      return lacksInvoice ? .noInvoice : nil
    case .meter:
      if customer == nil { return .noCustomer }
      guard requirements.requireSubscription else { return nil }
      if subscription == nil { return .noSubscription }
      if let period, let subscriptionStart, period.start < subscriptionStart { return .noSubscription }
      if !isSubscriptionChecked { return .subscriptionUnchecked }
      return hasMeterPrice ? nil : .noMeterPrice
    }
  }
}
