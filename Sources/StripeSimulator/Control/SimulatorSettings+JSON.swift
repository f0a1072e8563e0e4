import JSON

extension SimulatorSettings {
  private typealias Time = (name: String, path: WritableKeyPath<SimulatorSettings, Duration> & Sendable)
  private typealias Limit = (name: String, path: WritableKeyPath<Limits, Int?> & Sendable)

  /// In seconds.
  private static let times: [Time] = [
    ("latency_seconds", \.latency), ("summary_lag_seconds", \.summaryLag),
    ("error_report_delay_seconds", \.errorReportDelay), ("invoice_grace_seconds", \.invoiceGrace),
    ("idempotency_lifetime_seconds", \.idempotencyLifetime), ("identifier_lifetime_seconds", \.identifierLifetime),
  ]

  private static let limitFields: [Limit] = [
    ("global", \.global), ("endpoint", \.endpoint), ("meter_events", \.meterEvents),
    ("meter_event_stream", \.meterEventStream), ("global_concurrency", \.globalConcurrency),
    ("endpoint_concurrency", \.endpointConcurrency),
  ]

  /// Sets what is named; `null` takes a limit away.
  mutating func apply(_ body: ControlBody) throws(Control.Mistake) {
    try body.allow([
      "latency_seconds", "summary_lag_seconds", "error_report_delay_seconds", "invoice_grace_seconds",
      "idempotency_lifetime_seconds", "identifier_lifetime_seconds", "error_report_samples",
      "refuses_concurrent_meter_calls", "request_log_size", "limits",
    ])
    for (name, path) in Self.times {
      guard let microseconds = try body.microseconds(name) else { continue }
      guard microseconds >= 0 else { throw Control.Mistake(reason: "\(name) must not be negative") }
      self[keyPath: path] = .microseconds(microseconds)
    }
    if let samples = try body.integer("error_report_samples") { errorReportSamples = max(samples, 0) }
    if let value = try body.bool("refuses_concurrent_meter_calls") { refusesConcurrentMeterCalls = value }
    if body.has("request_log_size") { requestLogSize = try body.integer("request_log_size").map { max($0, 0) } }
    guard let limits = try body.object("limits") else { return }
    try limits.allow([
      "global", "endpoint", "meter_events", "meter_event_stream", "global_concurrency", "endpoint_concurrency",
    ])
    for (name, path) in Self.limitFields where limits.has(name) {
      self.limits[keyPath: path] = try limits.integer(name).map { max($0, 0) }
    }
  }

  func write(to json: inout JSONWriter) {
    for (name, path) in Self.times {
      json.field(name, number: Control.microseconds(self[keyPath: path].wholeMicroseconds))
    }
    json.field("error_report_samples", errorReportSamples)
    json.field("refuses_concurrent_meter_calls", refusesConcurrentMeterCalls)
    func field(_ name: String, _ value: Int?) {
      json.key(name)
      if let value { json.number(value) } else { json.null() }
    }
    field("request_log_size", requestLogSize)
    json.key("limits")
    json.object {
      for (name, path) in Self.limitFields {
        $0.key(name)
        if let value = limits[keyPath: path] { $0.number(value) } else { $0.null() }
      }
    }
  }
}
