extension MeterEvent {
  static let endpoints: [Endpoint] = [
    Endpoint(
      .post, "/v1/billing/meter_events",
      .of([
        "event_name": .text(100).required, "payload": .texts.required, "identifier": .text(100),
        "timestamp": .timestamp,
      ]), exclusive: { parameters, world in customerAndMeter(parameters, world) }
    ) { call, world throws(StripeFailure) in
      let now = world.clock.seconds
      let event = MeterEvent(
        eventName: call.parameters.text("event_name") ?? "",
        identifier: call.parameters.text("identifier") ?? world.ids.next("", 36),
        payload: call.parameters.pairs("payload"), timestamp: call.parameters.integer("timestamp") ?? now)
      try event.checkTime(now)
      guard !world.usage.isKnown(event.identifier, world) else { throw duplicate(event.identifier) }
      world.usage.take(event, from: .v1, world)
      return Answer { event.writeMembers(to: &$0, created: now, isLive: call.isLive) }
    },
    Endpoint(
      .post, "/v1/billing/meter_event_adjustments",
      .of([
        "event_name": .text(100).required, "type": .choice("cancel").required,
        "cancel": .object(["identifier": .text(100)]),
      ])
    ) { call, world throws(StripeFailure) in
      let eventName = call.parameters.text("event_name") ?? ""
      guard let identifier = call.parameters.object("cancel")?.text("identifier") else {
        throw .invalidRequest(
          "Missing required param: cancel[identifier].", code: "parameter_missing", param: "cancel[identifier]")
      }
      try world.usage.cancel(identifier, eventName, world)
      return Answer {
        $0.field("object", "billing.meter_event_adjustment")
        $0.key("cancel")
        $0.object { $0.field("identifier", identifier) }
        $0.field("event_name", eventName)
        $0.field("livemode", call.isLive)
        $0.field("status", "pending")
        $0.field("type", "cancel")
      }
    },
  ]

  /// What one call at a time is taken for.
  private static func customerAndMeter(_ parameters: Parameters, _ world: World) -> String? {
    guard let eventName = parameters.text("event_name") else { return nil }
    let key = world.meter(for: eventName)?.customerKey ?? "stripe_customer_id"
    guard let customer = parameters.object("payload")?.text(key) else { return nil }
    return "\(customer) \(eventName)"
  }

  private func checkTime(_ now: Int) throws(StripeFailure) {
    guard timestamp >= now - Self.farthestPast else {
      throw .invalidRequest(
        "The timestamp must be within the past 35 calendar days.", code: "timestamp_too_far_in_past", param: "timestamp"
      )
    }
    guard timestamp <= now + Self.farthestFuture else {
      throw .invalidRequest(
        "The timestamp must not be more than 5 minutes in the future.", code: "timestamp_in_future", param: "timestamp")
    }
  }

  private static func duplicate(_ identifier: String) -> StripeFailure {
    var failure = StripeFailure.invalidRequest("An event already exists with identifier \(identifier).")
    failure.headers = [("Stripe-Should-Retry", "false")]
    return failure
  }
}
