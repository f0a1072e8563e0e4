extension Subscribing {
  /// Ends a subscription now. Usage that is on no invoice yet is lost unless it is invoiced now.
  func cancel(_ id: String, invoicesNow: Bool, prorates: Bool) throws(StripeFailure) -> Subscription {
    var subscription = try world.billing.subscriptions.get(id, "subscription")
    guard subscription.isActive else { throw .noSuch("subscription", id) }
    if prorates {
      var change = SubscriptionChange(of: subscription, prorates: true, in: world)
      change.credit()
      subscription = try change.commit()
    }
    subscription.status = .canceled
    subscription.canceledAt = now
    subscription.endedAt = now
    if invoicesNow { makeLastInvoice(of: &subscription) }
    world.billing.subscriptions.put(subscription)
    return subscription
  }

  /// A customer that goes takes its subscriptions along.
  func cancelAll(of customer: String) throws(StripeFailure) {
    for subscription in Array(world.billing.subscriptions.of(group: customer)) where subscription.isActive {
      _ = try cancel(subscription.id, invoicesNow: false, prorates: false)
    }
  }

  private func makeLastInvoice(of subscription: inout Subscription) {
    let invoicing = Invoicing(world: world)
    var invoice = invoicing.draft(
      of: subscription, .subscriptionCycle, period: TimeSpan(start: subscription.period.start, end: now), at: now)
    invoice.meteredSpans = subscription.unbilledSpans(until: now, with: world)
    let id = subscription.id
    invoicing.attach(invoicing.pendingItems(for: invoice) { $0.subscription == id }, to: &invoice)
    guard invoice.itemCount > 0 else { return }
    subscription.takeUsage(until: now)
    invoice.finalizesAt = now + world.invoiceGrace
    invoicing.keep(invoice)
    subscription.latestInvoice = invoice.id
  }
}
