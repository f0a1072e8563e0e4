/// What happens by itself as the clock goes on: periods end, drafts become final.
struct Cycles {
  let world: World

  /// Does everything that was due by `now`, in the order of its time, however far the clock has jumped. Costs a
  /// comparison where nothing is due.
  func advance(to now: Int) {
    while let (time, event) = world.billing.due.take(at: now) {
      switch event {
      case .cycle(let id): endPeriod(of: id, at: time)
      case .finalize(let id): finalize(id, at: time)
      }
    }
  }

  /// An event that an update has made void is still in the queue.
  private func finalize(_ id: String, at time: Int) {
    guard let invoice = world.billing.invoices[id], invoice.isDraft, invoice.finalizesAt == time else { return }
    _ = Invoicing(world: world).finalize(invoice, at: time)
  }

  /// Makes the draft of usage past and fees to come, and begins the next period.
  private func endPeriod(of id: String, at time: Int) {
    guard var subscription = world.billing.subscriptions[id], subscription.isActive, subscription.period.end == time
    else { return }
    let invoice = nextInvoice(of: subscription, .subscriptionCycle)
    subscription.takeUsage(until: time)
    if subscription.cancelAtPeriodEnd {
      subscription.status = .canceled
      subscription.endedAt = time
    } else {
      subscription.period = TimeSpan(start: time, end: subscription.cycle.nextBoundary(after: time))
      world.billing.due.add(.cycle(subscription: id), at: subscription.period.end)
    }
    // A subscription that ends and owes nothing gets no invoice.
    if subscription.isActive || invoice.itemCount > 0 {
      var invoice = invoice
      let items = invoice.pendingItems
      invoice.pendingItems = []
      let invoicing = Invoicing(world: world)
      invoicing.attach(items, to: &invoice)
      invoice.finalizesAt = time + world.invoiceGrace
      invoicing.keep(invoice)
      subscription.latestInvoice = invoice.id
    }
    world.billing.subscriptions.put(subscription)
  }

  /// What the invoice at the end of the current period is made of: nothing is changed by asking.
  func nextInvoice(of subscription: Subscription, _ reason: Invoice.BillingReason) -> Invoice {
    let end = subscription.period.end
    let invoicing = Invoicing(world: world)
    var invoice = invoicing.draft(of: subscription, reason, period: subscription.period, at: end)
    invoice.meteredSpans = subscription.unbilledSpans(until: end, with: world)
    if !subscription.cancelAtPeriodEnd {
      let next = TimeSpan(start: end, end: subscription.cycle.nextBoundary(after: end))
      for item in subscription.items where item.price.meter == nil {
        invoice.licensedLines += invoicing.lines(of: item, for: next, of: next, on: invoice)
      }
    }
    invoice.pendingItems = invoicing.pendingItems(for: invoice) {
      $0.subscription == nil || $0.subscription == subscription.id
    }
    return invoice
  }
}
