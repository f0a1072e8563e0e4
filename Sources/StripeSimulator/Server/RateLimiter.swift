/// Refuses calls beyond the limits, by the machine's time.
struct RateLimiter: Sendable {
  /// A bucket that holds one second's calls.
  private struct Bucket {
    /// In millionths of a call.
    var level: Int64 = 0
    var filledAt: Int64 = 0

    mutating func take(_ rate: Int, now: Int64) -> Bool {
      let full = Int64(rate) * 1_000_000
      level = filledAt == 0 ? full : min(full, level + max(now - filledAt, 0) * Int64(rate))
      filledAt = now
      guard level >= 1_000_000 else { return false }
      level -= 1_000_000
      return true
    }
  }

  private var buckets: [String: Bucket] = [:]
  private var inFlight = 0
  private var inFlightByEndpoint: [String: Int] = [:]

  /// - Returns: `Stripe-Rate-Limited-Reason`; `nil` where the call may go on.
  mutating func admit(_ endpoint: Endpoint, _ limits: SimulatorSettings.Limits, now: Int64) -> String? {
    if let limit = limits.globalConcurrency, inFlight >= limit { return "global-concurrency" }
    if let limit = limits.endpointConcurrency, inFlightByEndpoint[endpoint.name, default: 0] >= limit {
      return "endpoint-concurrency"
    }
    switch endpoint.name {
    case MeterEvent.endpointName: return take(endpoint.name, limits.meterEvents, now) ? nil : "endpoint-rate"
    case MeterEventStream.endpointName:
      return take(endpoint.name, limits.meterEventStream, now) ? nil : "endpoint-rate"
    default:
      guard take(endpoint.name, limits.endpoint, now) else { return "endpoint-rate" }
      return take("", limits.global, now) ? nil : "global-rate"
    }
  }

  mutating func enter(_ endpoint: String) {
    inFlight += 1
    inFlightByEndpoint[endpoint, default: 0] += 1
  }

  mutating func leave(_ endpoint: String) {
    // After a reset, calls leave that never entered.
    inFlight = max(inFlight - 1, 0)
    inFlightByEndpoint[endpoint] = max(inFlightByEndpoint[endpoint, default: 0] - 1, 0)
  }

  private mutating func take(_ name: String, _ rate: Int?, _ now: Int64) -> Bool {
    guard let rate else { return true }
    return buckets[name, default: Bucket()].take(rate, now: now)
  }
}
