import JSON

/// `billing.meter`: how events of a name become a customer's usage.
struct Meter: StripeObject {
  static let name = "billing.meter"
  static let url = "/v1/billing/meters"

  enum Formula: String, Sendable {
    case sum, count, last
  }

  let id: String
  let created: Int
  let isLive: Bool
  let eventName: String
  let formula: Formula
  /// Where in an event's payload the customer's id is.
  let customerKey: String
  /// Where in an event's payload the value is.
  let valueKey: String
  /// `day` or `hour`, where the sender has summed up before.
  let eventTimeWindow: String?
  var displayName: String
  var updated: Int
  /// `nil` while it is active.
  var deactivatedAt: Int?

  var isActive: Bool { deactivatedAt == nil }

  func writeMembers(to json: inout JSONWriter) {
    json.field("id", id)
    json.field("object", Self.name)
    json.field("created", created)
    json.key("customer_mapping")
    json.object {
      $0.field("event_payload_key", customerKey)
      $0.field("type", "by_id")
    }
    json.key("default_aggregation")
    json.object { $0.field("formula", formula.rawValue) }
    json.field("display_name", displayName)
    json.field("event_name", eventName)
    json.field("event_time_window", optional: eventTimeWindow)
    json.field("livemode", isLive)
    json.field("status", isActive ? "active" : "inactive")
    json.key("status_transitions")
    json.object {
      $0.key("deactivated_at")
      if let deactivatedAt { $0.number(deactivatedAt) } else { $0.null() }
    }
    json.field("updated", updated)
    json.key("value_settings")
    json.object { $0.field("event_payload_key", valueKey) }
  }
}
