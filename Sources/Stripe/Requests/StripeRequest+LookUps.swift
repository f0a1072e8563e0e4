import Billing
import Outbox

/// Reads that show whether an effect was made. Lists, paged to the end: search is stale, and does not know all objects.
extension StripeRequest {
  static let pageSize = 100

  private static func list(
    _ path: StripeText, _ parameters: StripeParameters = StripeParameters(), after: RemoteID?,
    endpoint: StripeEndpoint
  ) -> StripeRequest {
    var parameters = parameters
    parameters.add("limit", pageSize)
    if let after { parameters.add("starting_after", after) }
    return StripeRequest(get: path, parameters, endpoint: endpoint)
  }

  private static func created(since: Instant, of customer: RemoteID? = nil) -> StripeParameters {
    var parameters = StripeParameters()
    if let customer { parameters.add("customer", customer) }
    parameters.add("created[gte]", since.wholeSeconds)
    return parameters
  }

  static func invoiceItems(of customer: RemoteID, createdSince since: Instant, after: RemoteID?) -> StripeRequest {
    list("/v1/invoiceitems", created(since: since, of: customer), after: after, endpoint: .invoiceItems)
  }

  static func invoices(of customer: RemoteID, createdSince since: Instant, after: RemoteID?) -> StripeRequest {
    list("/v1/invoices", created(since: since, of: customer), after: after, endpoint: .invoices)
  }

  static func customers(createdSince since: Instant, after: RemoteID?) -> StripeRequest {
    list("/v1/customers", created(since: since), after: after, endpoint: .customers)
  }

  static func invoice(_ invoice: RemoteID) -> StripeRequest {
    StripeRequest(get: "/v1/invoices/\(invoice)", endpoint: .invoices)
  }

  public static func meters(after: RemoteID?) -> StripeRequest {
    list("/v1/billing/meters", after: after, endpoint: .meters)
  }

  /// What the meter has counted for the customer in one minute.
  ///
  /// - Parameter minute: its start.
  static func summary(of meter: RemoteID, customer: RemoteID, minute: Instant) -> StripeRequest {
    StripeRequest(
      get: "/v1/billing/meters/\(meter)/event_summaries",
      span(of: customer, from: minute, to: minute.adding(seconds: 60)), endpoint: .meterEventSummaries)
  }

  /// What the meter has counted for the customer in a span of whole minutes.
  static func summaries(
    of meter: RemoteID, customer: RemoteID, from start: Instant, to end: Instant, after: RemoteID?
  ) -> StripeRequest {
    list(
      "/v1/billing/meters/\(meter)/event_summaries", span(of: customer, from: start, to: end), after: after,
      endpoint: .meterEventSummaries)
  }

  private static func span(of customer: RemoteID, from start: Instant, to end: Instant) -> StripeParameters {
    var parameters = StripeParameters()
    parameters.add("customer", customer)
    parameters.add("start_time", start.wholeSeconds)
    parameters.add("end_time", end.wholeSeconds)
    return parameters
  }

  public static func subscription(_ subscription: RemoteID) -> StripeRequest {
    StripeRequest(get: "/v1/subscriptions/\(subscription)", endpoint: .subscriptions)
  }

  /// Ended ones, too.
  static func subscriptions(of customer: RemoteID, after: RemoteID?) -> StripeRequest {
    var parameters = StripeParameters()
    parameters.add("customer", customer)
    parameters.add("status", "all" as StripeText)
    return list("/v1/subscriptions", parameters, after: after, endpoint: .subscriptions)
  }

  static func products(after: RemoteID?) -> StripeRequest {
    list("/v1/products", after: after, endpoint: .products)
  }

  /// By lookup keys: at most 10, which is what Stripe takes. Archived ones, too.
  static func prices(lookupKeys: [StripeText], after: RemoteID?) -> StripeRequest {
    var parameters = StripeParameters()
    for (index, key) in lookupKeys.enumerated() { parameters.add("lookup_keys[\(index)]", key) }
    return list("/v1/prices", parameters, after: after, endpoint: .prices)
  }
}
