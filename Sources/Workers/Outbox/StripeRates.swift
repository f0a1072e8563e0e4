import Outbox
import Stripe

/// How much all replicas together may send in a second, as Stripe limits an account.
public struct StripeRates: Sendable, Hashable {
  /// `STRIPE_METER_RATE`: v1 meter events.
  public let meterEvents: Int
  /// `STRIPE_METER_STREAM_RATE`: events of the v2 stream.
  public let meterEventStream: Int
  /// `STRIPE_ENDPOINT_RATE`: requests to each other endpoint.
  public let endpoint: Int
  /// `STRIPE_RATE`: requests to all other endpoints together.
  public let all: Int

  public init(meterEvents: Int = 1000, meterEventStream: Int = 10_000, endpoint: Int = 25, all: Int = 100) {
    self.meterEvents = meterEvents
    self.meterEventStream = meterEventStream
    self.endpoint = endpoint
    self.all = all
  }

  /// The buckets that a request to the endpoint counts in; for the stream, each of its events.
  func limits(of endpoint: StripeEndpoint) -> [RateLimit] {
    switch endpoint {
    case .meterEvents: [RateLimit("meter_events", perSecond: meterEvents)]
    case .meterEventStream: [RateLimit("meter_event_stream", perSecond: meterEventStream)]
    default: [RateLimit(endpoint.bucket, perSecond: self.endpoint), RateLimit("all", perSecond: all)]
    }
  }
}

extension StripeEndpoint {
  /// Names of buckets are kept in the database: they are not to change with a case's spelling.
  fileprivate var bucket: StaticString {
    switch self {
    case .meterEvents: "meter_events"
    case .meterEventSession: "meter_event_session"
    case .meterEventStream: "meter_event_stream"
    case .invoiceItems: "invoice_items"
    case .invoices: "invoices"
    case .finalizeInvoice: "finalize_invoice"
    case .customers: "customers"
    case .meters: "meters"
    case .meterEventSummaries: "meter_event_summaries"
    case .products: "products"
    case .prices: "prices"
    case .subscriptions: "subscriptions"
    case .events: "events"
    }
  }
}
