import Billing
import Outbox

/// Stripe's own events: what it finds out later.
extension StripeRequest {
  /// `GET /v2/core/events`: reports of meter events that were taken and do not count, the newest first.
  public static func rejections(createdSince since: Instant) -> StripeRequest {
    var parameters = StripeParameters()
    for (index, type) in RejectionReport.types.enumerated() { parameters.add("types[\(index)]", type) }
    parameters.add("created[gte]", since)
    parameters.add("limit", pageSize)
    return StripeRequest(get: "/v2/core/events", parameters, endpoint: .events)
  }

  static func rejections(page: StripeEventsPath) -> StripeRequest {
    StripeRequest(get: StripeText(page), endpoint: .events)
  }

  public static func rejection(_ event: RemoteID) -> StripeRequest {
    StripeRequest(get: "/v2/core/events/\(event)", endpoint: .events)
  }
}
