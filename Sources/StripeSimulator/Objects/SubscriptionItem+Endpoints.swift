extension SubscriptionItem {
  private static let writable: KeyValuePairs<String, Rule> = [
    "price": .text(), "quantity": .integer(0...999_999_999), "metadata": .metadata, "off_session": .bool,
    "payment_behavior": .choice(
      "allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"),
    "proration_behavior": .choice("create_prorations", "none", "always_invoice"),
  ]

  static let endpoints: [Endpoint] = [
    Endpoint(.post, url, .of(writable, ["subscription": .text().required])) { call, world throws(StripeFailure) in
      let id = call.parameters.text("subscription") ?? ""
      var item = ""
      let subscription = try Subscribing(world: world).change(id, call.parameters, param: "subscription") {
        change throws(StripeFailure) in item = try change.add(call.parameters)
      }
      return answer(item, of: subscription)
    },
    Endpoint(.get, url, .list(["subscription": .text().required])) { call, world throws(StripeFailure) in
      let id = call.parameters.text("subscription") ?? ""
      var items = ObjectStore<SubscriptionItemView>()
      let subscription = try world.billing.subscriptions.get(id, "subscription", param: "subscription")
      for item in subscription.itemViews { items.put(item) }
      return try items.list(call.parameters, url: "\(url)?subscription=\(id)")
    },
    Endpoint(.get, "\(url)/*") { call, world throws(StripeFailure) in
      answer(call.id, of: try subscription(of: call.id, world))
    },
    Endpoint(.post, "\(url)/*", .of(writable)) { call, world throws(StripeFailure) in
      let id = try subscription(of: call.id, world).id
      let subscription = try Subscribing(world: world).change(id, call.parameters) { change throws(StripeFailure) in
        try change.change(call.id, call.parameters)
      }
      return answer(call.id, of: subscription)
    },
    Endpoint(
      .delete, "\(url)/*",
      .of(["clear_usage": .bool, "proration_behavior": .choice("create_prorations", "none", "always_invoice")])
    ) { call, world throws(StripeFailure) in
      let subscription = try subscription(of: call.id, world)
      _ = try Subscribing(world: world).change(subscription.id, call.parameters) { change throws(StripeFailure) in
        try change.remove(call.id, param: "id")
      }
      return Answer {
        $0.field("id", call.id)
        $0.field("object", name)
        $0.field("deleted", true)
      }
    },
  ]

  private static func subscription(of item: String, _ world: World) throws(StripeFailure) -> Subscription {
    guard let id = world.billing.subscriptionsByItem[item], let subscription = world.billing.subscriptions[id] else {
      throw .noSuch("subscription_item", item)
    }
    return subscription
  }

  private static func answer(_ id: String, of subscription: Subscription) -> Answer {
    Answer { json in subscription.itemViews.first { $0.id == id }?.writeMembers(to: &json) }
  }
}
