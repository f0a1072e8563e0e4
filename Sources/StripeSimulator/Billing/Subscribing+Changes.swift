extension Subscribing {
  /// `POST /v1/subscriptions/{id}`.
  func update(_ id: String, _ parameters: Parameters) throws(StripeFailure) -> Subscription {
    let present = try active(id)
    let collectionMethod = try CollectionMethod(parameters, else: present.collectionMethod)
    var metadata = present.metadata
    try metadata.apply(parameters)
    var subscription = try change(id, parameters) { change throws(StripeFailure) in
      for item in parameters.objects("items") {
        switch (item.text("id"), item.bool("deleted") ?? false) {
        case (let id?, true): try change.remove(id, param: item.name(of: "id"))
        case (let id?, false): try change.change(id, item)
        case (nil, _): try change.add(item)
        }
      }
    }
    subscription.collectionMethod = collectionMethod
    subscription.metadata = metadata
    if parameters.has("description") { subscription.description = parameters.text("description") }
    if let ends = parameters.bool("cancel_at_period_end"), ends != subscription.cancelAtPeriodEnd {
      subscription.cancelAtPeriodEnd = ends
      subscription.canceledAt = ends ? now : nil
    }
    world.billing.subscriptions.put(subscription)
    return subscription
  }

  /// Changes the items of an active subscription. What is charged or credited for the rest of the period waits for the
  /// next invoice, or is invoiced at once if that is asked for.
  func change(
    _ id: String, _ parameters: Parameters, param: String = "id",
    _ body: (inout SubscriptionChange) throws(StripeFailure) -> Void
  ) throws(StripeFailure) -> Subscription {
    let behavior = parameters.text("proration_behavior") ?? "create_prorations"
    var change = SubscriptionChange(of: try active(id, param: param), prorates: behavior != "none", in: world)
    try body(&change)
    var subscription = try change.commit()
    guard behavior == "always_invoice" else { return subscription }
    let invoicing = Invoicing(world: world)
    var invoice = invoicing.draft(
      of: subscription, .subscriptionUpdate, period: TimeSpan(start: subscription.period.start, end: now), at: now)
    invoicing.attach(invoicing.pendingItems(for: invoice) { $0.subscription == id }, to: &invoice)
    guard invoice.itemCount > 0 else { return subscription }
    subscription.latestInvoice = invoicing.finalize(invoice, at: now).id
    world.billing.subscriptions.put(subscription)
    return subscription
  }

  private func active(_ id: String, param: String = "id") throws(StripeFailure) -> Subscription {
    let subscription = try world.billing.subscriptions.get(id, "subscription", param: param)
    guard subscription.isActive else {
      throw .refused("A canceled subscription can only update its cancellation_details and metadata.")
    }
    return subscription
  }
}
