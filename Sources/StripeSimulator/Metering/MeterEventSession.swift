/// Tokens for the stream of meter events.
struct MeterEventSessions: Sendable {
  static let lifetime: Int64 = 15 * 60 * 1_000_000

  private var expiries: [String: (at: Int64, isLive: Bool)] = [:]

  mutating func open(_ token: String, now: Int64, isLive: Bool) {
    expiries[token] = (now + Self.lifetime, isLive)
  }

  /// - Returns: whether it is of live mode.
  func check(_ token: String?, now: Int64) throws(StripeFailure) -> Bool {
    guard let token, let session = expiries[token] else {
      throw StripeFailure(
        status: 401, type: "invalid_request_error", code: "unauthorized",
        message: "The authentication token is invalid.")
    }
    guard session.at > now else {
      throw StripeFailure(
        status: 401, type: "temporary_session_expired", code: "billing_meter_event_session_expired",
        message: "The temporary session token has expired.")
    }
    return session.isLive
  }
}
enum MeterEvent { static let endpointName = "POST /v1/billing/meter_events" }
enum MeterEventStream { static let endpointName = "POST /v2/billing/meter_event_stream" }
