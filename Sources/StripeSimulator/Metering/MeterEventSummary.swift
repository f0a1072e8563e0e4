import JSON

/// `billing.meter_event_summary`: a customer's usage within a time.
struct MeterEventSummary: StripeObject {
  static let name = "billing.meter_event_summary"
  static let url = "/v1/billing/meters/*/event_summaries"

  let id: String
  let meter: String
  let isLive: Bool
  let value: Decimal
  let start: Int
  let end: Int

  var created: Int { start }

  func writeMembers(to json: inout JSONWriter) {
    json.field("id", id)
    json.field("object", Self.name)
    json.field("aggregated_value", number: value.description)
    json.field("end_time", end)
    json.field("livemode", isLive)
    json.field("meter", meter)
    json.field("start_time", start)
  }

  static let endpoints: [Endpoint] = [
    Endpoint(
      .get, url,
      .list([
        "customer": .text().required, "start_time": .timestamp.required, "end_time": .timestamp.required,
        "value_grouping_window": .choice("day", "hour"),
      ])
    ) { call, world throws(StripeFailure) in
      let meter = try world.meters.get(call.id, "billing meter")
      var store = ObjectStore<MeterEventSummary>()
      for summary in try summaries(of: meter, call, world) { store.put(summary) }
      return try store.list(call.parameters, url: "\(Meter.url)/\(meter.id)/event_summaries")
    }
  ]

  /// One for the whole time, or one for each window in which there is usage; the oldest first.
  private static func summaries(
    of meter: Meter, _ call: Call, _ world: World
  ) throws(StripeFailure) -> [MeterEventSummary] {
    let parameters = call.parameters
    let customer = parameters.text("customer") ?? ""
    guard world.customers[customer] != nil else { throw .noSuch("customer", customer, param: "customer") }
    let window = parameters.text("value_grouping_window").map { $0 == "day" ? 86_400 : 3600 }
    let start = try time("start_time", parameters, window)
    let end = try time("end_time", parameters, window)
    guard start < end else {
      throw .invalidRequest("start_time must be before end_time.", param: "start_time")
    }
    world.usage.show(upTo: world.clock.now - world.settings.summaryLag.wholeMicroseconds)
    let usage = world.usage.summary(of: meter, customer: customer)
    let starts = window.map { usage.windows(of: $0, from: start, to: end) } ?? [start]
    return starts.map { first in
      let last = window.map { first + $0 } ?? end
      // The same window has the same id on every page.
      let id = "mtrusg_\(meter.id.dropFirst(4).prefix(12))\(customer.dropFirst(4))\(first)x\(last - first)"
      return MeterEventSummary(
        id: id, meter: meter.id, isLive: call.isLive, value: usage.total(meter.formula, from: first, to: last),
        start: first, end: last)
    }
  }

  private static func time(_ name: String, _ parameters: Parameters, _ window: Int?) throws(StripeFailure) -> Int {
    let time = parameters.integer(name) ?? 0
    let unit = window ?? 60
    guard time.isMultiple(of: unit) else {
      let boundary = unit == 60 ? "minute" : unit == 3600 ? "hour" : "day"
      throw .invalidRequest("\(name) must be aligned with \(boundary) boundaries.", param: name)
    }
    return time
  }
}
