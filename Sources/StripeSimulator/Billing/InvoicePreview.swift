/// `POST /v1/invoices/create_preview`: the invoice that would come next if nothing else happened.
struct InvoicePreview {
  let world: World

  func make(_ parameters: Parameters, isLive: Bool) throws(StripeFailure) -> Invoice {
    if let id = parameters.text("subscription") {
      let subscription = try world.billing.subscriptions.get(id, "subscription", param: "subscription")
      guard parameters.text("customer") ?? subscription.customer == subscription.customer else {
        throw .invalidRequest("The subscription \(id) is another customer's.", param: "subscription")
      }
      return try preview(of: subscription)
    }
    guard let id = parameters.text("customer") else {
      throw .invalidRequest("Missing required param: customer.", code: "parameter_missing", param: "customer")
    }
    _ = try world.customers.get(id, "customer", param: "customer")
    let subscriptions = world.billing.subscriptions.of(group: id).filter(\.isActive)
    // Of several subscriptions, the one whose period ends first.
    guard let next = subscriptions.min(by: { $0.period.end < $1.period.end }) else {
      return try preview(ofItemsOf: id, currency: parameters.text("currency") ?? "usd", isLive)
    }
    return try preview(of: next)
  }

  private func preview(of subscription: Subscription) throws(StripeFailure) -> Invoice {
    guard subscription.isActive else { throw nothing(for: subscription.customer) }
    return Invoicing(world: world).current(Cycles(world: world).nextInvoice(of: subscription, .upcoming))
  }

  private func preview(
    ofItemsOf customer: String, currency: String, _ isLive: Bool
  ) throws(StripeFailure) -> Invoice {
    let now = world.clock.seconds
    let invoicing = Invoicing(world: world)
    var invoice = Invoice(
      id: world.ids.next("upcoming_in_"), created: now, isLive: isLive, customer: customer, currency: currency,
      reason: .upcoming, subscription: nil, subscriptionMetadata: Metadata(), period: TimeSpan(start: now, end: now),
      collectionMethod: .chargeAutomatically, autoAdvance: false)
    invoice.pendingItems = invoicing.pendingItems(for: invoice) { $0.subscription == nil }
    guard invoice.itemCount > 0 else { throw nothing(for: customer) }
    return invoicing.current(invoice)
  }

  private func nothing(for customer: String) -> StripeFailure {
    StripeFailure(
      status: 404, type: "invalid_request_error", code: "invoice_upcoming_none",
      message: "No upcoming invoices for customer: \(customer)")
  }
}
