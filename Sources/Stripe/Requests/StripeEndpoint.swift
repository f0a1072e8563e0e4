/// Which of Stripe's endpoints a request goes to: what its rate limits, metrics and the meaning of its answers go by.
public enum StripeEndpoint: String, Hashable, Sendable, CaseIterable {
  case meterEvents = "meter_events"
  case meterEventSession = "meter_event_session"
  case meterEventStream = "meter_event_stream"
  case invoiceItems = "invoice_items"
  case invoices
  case finalizeInvoice = "finalize_invoice"
  case customers
  case meters
  case meterEventSummaries = "meter_event_summaries"
  case products
  case prices
  case subscriptions
  /// Stripe's own, of v2.
  case events

  /// Whether Stripe counts it with the meter events (1,000 a second), not with other endpoints (25 a second).
  public var isMeterEvents: Bool { self == .meterEvents }

  /// The `object` of an answer that says that the effect was made; `nil` where a 2xx is enough.
  var object: StaticString? {
    switch self {
    case .meterEvents: "billing.meter_event"
    case .meterEventSession: "v2.billing.meter_event_session"
    case .meterEventStream: nil
    case .invoiceItems: "invoiceitem"
    case .invoices, .finalizeInvoice: "invoice"
    case .customers: "customer"
    case .meters: "billing.meter"
    case .meterEventSummaries: nil
    case .products: "product"
    case .prices: "price"
    case .subscriptions: "subscription"
    case .events: nil
    }
  }
}
