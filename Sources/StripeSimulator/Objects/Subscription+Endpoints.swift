extension Subscription {
  private static let item: KeyValuePairs<String, Rule> = [
    "price": .text(), "quantity": .integer(0...999_999_999), "metadata": .metadata,
  ]

  private static let writable: KeyValuePairs<String, Rule> = [
    "collection_method": .choice("charge_automatically", "send_invoice"), "days_until_due": .integer(0...9999),
    "description": .text(500).unsettable, "metadata": .metadata, "cancel_at_period_end": .bool, "off_session": .bool,
    "proration_behavior": .choice("create_prorations", "none", "always_invoice"),
    "payment_behavior": .choice(
      "allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"),
  ]

  static let endpoints: [Endpoint] = [
    Endpoint(
      .post, url,
      .of(
        writable,
        [
          "customer": .text().required, "items": .list(.object(item)).required, "currency": .text(),
          "backdate_start_date": .timestamp, "billing_cycle_anchor": .timestamp,
          "billing_cycle_anchor_config": .object([
            "day_of_month": .integer(1...31).required, "month": .integer(1...12), "hour": .integer(0...23),
            "minute": .integer(0...59), "second": .integer(0...59),
          ]),
          // Of the two modes only the one that is the default since 2025-09-30 is simulated.
          "billing_mode": .object(["type": .choice("flexible").required]),
        ])
    ) { call, world throws(StripeFailure) in
      Answer(try Subscribing(world: world).create(call.parameters, isLive: call.isLive))
    },
    Endpoint(
      .get, url,
      .list([
        "customer": .text(), "price": .text(), "created": .range, "current_period_start": .range,
        "current_period_end": .range, "collection_method": .choice("charge_automatically", "send_invoice"),
        "status": .choice(
          "active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "paused", "trialing",
          "unpaid"),
      ])
    ) { call, world throws(StripeFailure) in
      let wanted = SubscriptionFilter(call.parameters)
      return try world.billing.subscriptions.list(call.parameters, group: call.parameters.text("customer")) {
        wanted.fits($0)
      }
    },
    Endpoint(.get, "\(url)/*") { call, world throws(StripeFailure) in
      Answer(try world.billing.subscriptions.get(call.id, "subscription"))
    },
    Endpoint(
      .post, "\(url)/*",
      .of(
        writable,
        [
          "items": .list(.object(item, ["id": .text(), "deleted": .bool, "clear_usage": .bool])),
          "billing_cycle_anchor": .choice("unchanged"),
        ])
    ) { call, world throws(StripeFailure) in
      Answer(try Subscribing(world: world).update(call.id, call.parameters))
    },
    Endpoint(
      .delete, "\(url)/*",
      .of([
        "invoice_now": .bool, "prorate": .bool,
        "cancellation_details": .object([
          "comment": .text().unsettable,
          "feedback": .choice(
            "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex",
            "too_expensive", "unused"),
        ]),
      ])
    ) { call, world throws(StripeFailure) in
      Answer(
        try Subscribing(world: world).cancel(
          call.id, invoicesNow: call.parameters.bool("invoice_now") ?? false,
          prorates: call.parameters.bool("prorate") ?? false))
    },
  ]
}

/// What a list of subscriptions is filtered by: those that have ended are left out unless they are asked for.
private struct SubscriptionFilter {
  private let status: String?
  private let price: String?
  private let collectionMethod: String?
  private let periodStart: TimeRange?
  private let periodEnd: TimeRange?

  init(_ parameters: Parameters) {
    status = parameters.text("status")
    price = parameters.text("price")
    collectionMethod = parameters.text("collection_method")
    periodStart = parameters.range("current_period_start")
    periodEnd = parameters.range("current_period_end")
  }

  func fits(_ subscription: Subscription) -> Bool {
    let hasStatus =
      switch status {
      case nil: subscription.isActive
      case "all": true
      case "ended": !subscription.isActive
      case let status?: subscription.status.rawValue == status
      }
    guard hasStatus, collectionMethod ?? subscription.collectionMethod.name == subscription.collectionMethod.name,
      periodStart?.contains(subscription.period.start) ?? true, periodEnd?.contains(subscription.period.end) ?? true
    else { return false }
    return price.map { price in subscription.items.contains { $0.price.id == price } } ?? true
  }
}
