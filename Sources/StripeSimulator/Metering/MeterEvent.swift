import JSON

/// `billing.meter_event` as it came, by either way in.
struct MeterEvent: Sendable {
  /// The call that makes one, as control requests name it.
  static let endpointName = "POST /v1/billing/meter_events"

  let eventName: String
  let identifier: String
  /// Texts by name.
  let payload: [(name: String, value: String)]
  /// Seconds since 1970.
  let timestamp: Int

  func payload(_ name: String) -> String? { payload.first { $0.name == name }?.value }

  /// How far a timestamp may be from now, in seconds.
  static let farthestPast = 35 * 86_400
  static let farthestFuture = 300

  func writeMembers(to json: inout JSONWriter, created: Int, isLive: Bool) {
    json.field("object", "billing.meter_event")
    json.field("created", created)
    json.field("event_name", eventName)
    json.field("identifier", identifier)
    json.field("livemode", isLive)
    json.key("payload")
    json.object { for (name, value) in payload { $0.field(name, value) } }
    json.field("timestamp", timestamp)
  }
}
