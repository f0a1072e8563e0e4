/// Tokens for the stream of meter events.
struct MeterEventSessions: Sendable {
  static let lifetime: Int64 = 15 * 60 * 1_000_000

  private var sessions: [String: (expiry: Int64, isLive: Bool)] = [:]

  mutating func open(_ token: String, now: Int64, isLive: Bool) {
    sessions[token] = (now + Self.lifetime, isLive)
  }

  /// - Returns: whether it is of live mode.
  func check(_ token: String?, now: Int64) throws(StripeFailure) -> Bool {
    guard let token, let session = sessions[token] else {
      throw StripeFailure(
        status: 401, type: "invalid_request_error", code: "unauthorized",
        message: "The authentication token is invalid.")
    }
    guard session.expiry > now else {
      throw StripeFailure(
        status: 401, type: "temporary_session_expired", code: "billing_meter_event_session_expired",
        message: "The temporary session token has expired.")
    }
    return session.isLive
  }
}

extension MeterEventSessions {
  static let endpoints: [Endpoint] = [
    Endpoint(.post, "/v2/billing/meter_event_session", style: .v2) { call, world throws(StripeFailure) in
      let token = world.ids.next("token_", 40)
      world.sessions.open(token, now: world.clock.now, isLive: call.isLive)
      return Answer {
        $0.field("object", "v2.billing.meter_event_session")
        $0.field("id", world.ids.next("mes_"))
        $0.field("authentication_token", token)
        $0.field("created", Timestamp.text(world.clock.now))
        $0.field("expires_at", Timestamp.text(world.clock.now + lifetime))
        $0.field("livemode", call.isLive)
      }
    }
  ]
}
