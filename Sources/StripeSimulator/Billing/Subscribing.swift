/// Makes subscriptions.
struct Subscribing {
  let world: World

  var now: Int { world.clock.seconds }

  /// Makes the subscription and its first invoice: licensed prices from the start on until the first boundary that is
  /// to come, in advance; metered ones come with the next invoice, usage since the start among it.
  func create(_ parameters: Parameters, isLive: Bool) throws(StripeFailure) -> Subscription {
    let customer = try world.customers.get(parameters.text("customer") ?? "", "customer", param: "customer")
    let first = try firstPrice(parameters)
    let cycle = try cycle(parameters, first.recurring)
    let start = try startDate(parameters)
    // An anchor to come ends the period before it; one that is now begins the first.
    let containing = cycle.period(containing: now)
    var draft = Subscription(
      id: world.ids.next("sub_"), created: now, isLive: isLive, customer: customer.id, startDate: start,
      currency: first.currency, cycle: cycle,
      anchorConfig: parameters.object("billing_cycle_anchor_config").flatMap(AnchorConfig.init),
      period: TimeSpan(start: max(containing.start, start), end: containing.end),
      collectionMethod: try CollectionMethod(parameters, else: .chargeAutomatically))
    draft.description = parameters.text("description")
    draft.cancelAtPeriodEnd = parameters.bool("cancel_at_period_end") ?? false
    if draft.cancelAtPeriodEnd { draft.canceledAt = now }
    try draft.metadata.apply(parameters)
    // The first invoice charges what a proration would.
    var change = SubscriptionChange(of: draft, prorates: false, in: world)
    for item in parameters.objects("items") { try change.add(item) }
    var subscription = try change.commit()
    for index in subscription.items.indices { subscription.items[index].unbilledFrom = start }
    world.billing.due.add(.cycle(subscription: subscription.id), at: subscription.period.end)
    world.settleCurrency(of: subscription.customer, subscription.currency)
    makeFirstInvoice(of: &subscription, prorates: parameters.text("proration_behavior") != "none")
    world.billing.subscriptions.put(subscription)
    return subscription
  }

  /// The price that says how often and in which currency; all others have to be like it.
  private func firstPrice(
    _ parameters: Parameters
  ) throws(StripeFailure) -> (recurring: Price.Recurring?, currency: String) {
    let price = parameters.objects("items").first?.text("price").flatMap { world.billing.prices[$0] }
    let currency = price?.currency ?? "usd"
    if let asked = parameters.text("currency"), asked != currency {
      throw .invalidRequest("The prices' currency is `\(currency)`, not `\(asked)`.", param: "currency")
    }
    return (price?.recurring, currency)
  }

  private func makeFirstInvoice(of subscription: inout Subscription, prorates: Bool) {
    let invoicing = Invoicing(world: world)
    var invoice = invoicing.draft(
      of: subscription, .subscriptionCreate, period: TimeSpan(start: now, end: now), at: now)
    let cycle = subscription.cycle
    let owed = TimeSpan(start: subscription.startDate, end: subscription.period.end)
    for period in cycle.periods(in: owed) {
      // What lies before the anchor is charged by its share, and with `none` not at all.
      guard prorates || period.start >= cycle.anchor else { continue }
      for item in subscription.items where item.price.meter == nil {
        invoice.licensedLines += invoicing.lines(
          of: item, for: period, of: cycle.natural(period), on: invoice)
      }
    }
    let pending = invoicing.pendingItems(for: invoice) { $0.subscription == nil }
    invoicing.attach(pending, to: &invoice)
    // A charge at the beginning is made at once; an invoice that is sent can still be changed for an hour.
    if subscription.collectionMethod == .chargeAutomatically {
      invoice = invoicing.finalize(invoice, at: now)
    } else {
      invoice.finalizesAt = now + world.invoiceGrace
      invoicing.keep(invoice)
    }
    subscription.latestInvoice = invoice.id
  }

  /// - Parameter recurring: `nil` for a price that will be refused.
  private func cycle(_ parameters: Parameters, _ recurring: Price.Recurring?) throws(StripeFailure) -> BillingCycle {
    let interval = recurring?.interval ?? .month
    var cycle = BillingCycle(anchor: now, interval: interval, count: recurring?.intervalCount ?? 1)
    let natural = cycle.boundary(1)
    if let config = parameters.object("billing_cycle_anchor_config").flatMap(AnchorConfig.init) {
      guard !parameters.has("billing_cycle_anchor") else {
        throw .invalidRequest(
          "You may only specify one of these parameters: billing_cycle_anchor, billing_cycle_anchor_config.",
          code: "parameters_exclusive", param: "billing_cycle_anchor_config")
      }
      guard interval == .month || interval == .year else {
        throw .invalidRequest(
          "billing_cycle_anchor_config can only be used with prices that recur monthly or yearly.",
          param: "billing_cycle_anchor_config")
      }
      cycle.anchor = config.next(after: now)
      cycle.dayOfMonth = config.dayOfMonth
      return cycle
    }
    guard let anchor = parameters.integer("billing_cycle_anchor") else { return cycle }
    guard anchor >= now else {
      throw .invalidRequest(
        "billing_cycle_anchor must be a timestamp in the future.", param: "billing_cycle_anchor")
    }
    guard anchor <= natural else {
      throw .invalidRequest(
        "billing_cycle_anchor cannot be later than next natural billing date (\(natural)) for plan",
        param: "billing_cycle_anchor")
    }
    cycle.anchor = anchor
    return cycle
  }

  private func startDate(_ parameters: Parameters) throws(StripeFailure) -> Int {
    guard let start = parameters.integer("backdate_start_date") else { return now }
    guard start <= now else {
      throw .invalidRequest("backdate_start_date must be a timestamp in the past.", param: "backdate_start_date")
    }
    return start
  }
}

extension BillingCycle {
  /// The whole period that a part of one is charged by: the cycle's where it begins at a boundary, else one as long as
  /// a period that began where the part does.
  fileprivate func natural(_ part: TimeSpan) -> TimeSpan {
    if boundary(index(notAfter: part.start)) == part.start { return period(containing: part.start) }
    return TimeSpan(start: part.start, end: anchored(at: part.start).boundary(1))
  }
}

extension AnchorConfig {
  fileprivate init?(_ parameters: Parameters) {
    guard let day = parameters.integer("day_of_month") else { return nil }
    dayOfMonth = day
    month = parameters.integer("month")
    hour = parameters.integer("hour")
    minute = parameters.integer("minute")
    second = parameters.integer("second")
  }
}

extension CollectionMethod {
  init(_ parameters: Parameters, else present: CollectionMethod) throws(StripeFailure) {
    let days = parameters.integer("days_until_due")
    switch parameters.text("collection_method") ?? present.name {
    case "send_invoice":
      guard let days = days ?? present.daysUntilDue else {
        throw .invalidRequest(
          "If invoices are sent, `days_until_due` must be given.", code: "parameter_missing", param: "days_until_due")
      }
      self = .sendInvoice(daysUntilDue: days)
    default:
      guard days == nil else {
        throw .invalidRequest(
          "`days_until_due` can only be used with `collection_method=send_invoice`.", param: "days_until_due")
      }
      self = .chargeAutomatically
    }
  }
}
