extension Meter {
  static let endpoints: [Endpoint] = [
    Endpoint(
      .post, url,
      .of([
        "display_name": .text(250).required, "event_name": .text(100).required,
        "default_aggregation": .object(["formula": .choice("count", "last", "sum").required]).required,
        "customer_mapping": .object(["event_payload_key": .text(100).required, "type": .choice("by_id").required]),
        "value_settings": .object(["event_payload_key": .text(100).required]),
        "event_time_window": .choice("day", "hour"),
      ])
    ) { call, world throws(StripeFailure) in
      let meter = Meter(call, world)
      try world.requireFree(meter.eventName)
      world.put(meter)
      return Answer(meter)
    },
    Endpoint(.get, url, .list(["status": .choice("active", "inactive")])) { call, world throws(StripeFailure) in
      let status = call.parameters.text("status")
      return try world.meters.list(call.parameters) { status == nil || $0.isActive == (status == "active") }
    },
    Endpoint(.get, "\(url)/*") { call, world throws(StripeFailure) in
      Answer(try world.meters.get(call.id, "billing meter"))
    },
    Endpoint(.post, "\(url)/*", .of(["display_name": .text(250)])) { call, world throws(StripeFailure) in
      try change(call, world) { meter throws(StripeFailure) in
        if let name = call.parameters.text("display_name") { meter.displayName = name }
      }
    },
    Endpoint(.post, "\(url)/*/deactivate") { call, world throws(StripeFailure) in
      try change(call, world) { meter throws(StripeFailure) in
        guard meter.isActive else { throw .refused("This meter is already inactive.") }
        meter.deactivatedAt = world.clock.seconds
      }
    },
    Endpoint(.post, "\(url)/*/reactivate") { call, world throws(StripeFailure) in
      try change(call, world) { meter throws(StripeFailure) in
        guard !meter.isActive else { throw .refused("This meter is already active.") }
        try world.requireFree(meter.eventName)
        meter.deactivatedAt = nil
      }
    },
  ]

  private init(_ call: Call, _ world: World) {
    let parameters = call.parameters
    let formula = parameters.object("default_aggregation")?.text("formula") ?? ""
    self.init(
      id: world.ids.next("mtr_"), created: world.clock.seconds, isLive: call.isLive,
      eventName: parameters.text("event_name") ?? "", formula: Formula(rawValue: formula) ?? .sum,
      customerKey: parameters.object("customer_mapping")?.text("event_payload_key") ?? "stripe_customer_id",
      valueKey: parameters.object("value_settings")?.text("event_payload_key") ?? "value",
      eventTimeWindow: parameters.text("event_time_window"), displayName: parameters.text("display_name") ?? "",
      updated: world.clock.seconds, deactivatedAt: nil)
  }

  private static func change(
    _ call: Call, _ world: World, _ body: (inout Meter) throws(StripeFailure) -> Void
  ) throws(StripeFailure) -> Answer {
    var meter = try world.meters.get(call.id, "billing meter")
    try body(&meter)
    meter.updated = world.clock.seconds
    world.put(meter)
    return Answer(meter)
  }
}

extension World {
  /// The meter that takes events of a name: the active one, else the one that was active last.
  func meter(for eventName: String) -> Meter? { metersByEvent[eventName].flatMap { meters[$0] } }

  func put(_ meter: Meter) {
    meters.put(meter)
    if meter.isActive || self.meter(for: meter.eventName) == nil { metersByEvent[meter.eventName] = meter.id }
  }

  /// Two active meters cannot share an event name.
  func requireFree(_ eventName: String) throws(StripeFailure) {
    guard meter(for: eventName)?.isActive != true else {
      throw .invalidRequest(
        "There is already an active meter with the event name '\(eventName)'.", code: "resource_already_exists",
        param: "event_name")
    }
  }
}
