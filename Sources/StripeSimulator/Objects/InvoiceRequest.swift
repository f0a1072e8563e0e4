/// An invoice that is made by hand, or a change to an invoice, as a request describes it.
struct InvoiceRequest {
  let parameters: Parameters
  let world: World

  private var now: Int { world.clock.seconds }

  /// Makes an empty draft, with the items that wait where they are asked for.
  func make(isLive: Bool) throws(StripeFailure) -> Invoice {
    let subscription = try parameters.text("subscription").map { id throws(StripeFailure) in
      try world.billing.subscriptions.get(id, "subscription", param: "subscription")
    }
    guard let id = parameters.text("customer") ?? subscription?.customer else {
      throw .invalidRequest("Missing required param: customer.", code: "parameter_missing", param: "customer")
    }
    let payer = try world.customers.get(id, "customer", param: "customer")
    let customer = payer.id
    guard subscription?.customer ?? customer == customer else {
      throw .invalidRequest("The subscription is another customer's.", param: "subscription")
    }
    let currency = parameters.text("currency")?.lowercased() ?? subscription?.currency ?? payer.currency ?? "usd"
    guard StripeCurrency.isKnown(currency) else {
      throw .invalidRequest("Invalid currency: \(currency).", param: "currency")
    }
    var invoice = Invoice(
      id: world.ids.next("in_"), created: now, isLive: isLive, customer: customer, currency: currency,
      reason: .manual, subscription: subscription?.id, subscriptionMetadata: subscription?.metadata ?? Metadata(),
      period: TimeSpan(start: now, end: now), collectionMethod: .chargeAutomatically, autoAdvance: false)
    try apply(to: &invoice)
    let invoicing = Invoicing(world: world)
    if parameters.text("pending_invoice_items_behavior") == "include" {
      let items = invoicing.pendingItems(for: invoice) { item in
        subscription.map { $0.id == item.subscription } ?? (item.subscription == nil)
      }
      invoicing.attach(items, to: &invoice)
    }
    invoicing.keep(invoice)
    world.settleCurrency(of: customer, currency)
    return invoicing.current(invoice)
  }

  func change(_ present: Invoice) throws(StripeFailure) -> Invoice {
    if !present.isDraft {
      let names = [
        "collection_method", "days_until_due", "due_date", "description", "footer", "automatically_finalizes_at",
      ]
      if let name = names.first(where: parameters.has) {
        throw .refused(
          "Finalized invoices can't be updated in this way", code: "invoice_not_editable", param: name)
      }
    }
    var invoice = present
    try apply(to: &invoice)
    let invoicing = Invoicing(world: world)
    if invoice.isDraft, invoice.finalizesAt != present.finalizesAt {
      invoicing.keep(invoice)
    } else {
      world.billing.invoices.put(invoice)
    }
    return invoicing.current(invoice)
  }

  private func apply(to invoice: inout Invoice) throws(StripeFailure) {
    try setCollection(of: &invoice)
    if let autoAdvance = parameters.bool("auto_advance"), invoice.isDraft {
      invoice.finalizesAt = autoAdvance ? invoice.finalizesAt ?? now + world.invoiceGrace : nil
      invoice.autoAdvance = autoAdvance
    }
    if let time = parameters.integer("automatically_finalizes_at") {
      guard time > now else {
        throw .invalidRequest(
          "automatically_finalizes_at must be a timestamp in the future.", param: "automatically_finalizes_at")
      }
      invoice.autoAdvance = true
      invoice.finalizesAt = time
    }
    if parameters.has("description") { invoice.description = parameters.text("description") }
    if parameters.has("footer") { invoice.footer = parameters.text("footer") }
    try invoice.metadata.apply(parameters)
  }

  private func setCollection(of invoice: inout Invoice) throws(StripeFailure) {
    guard let due = parameters.integer("due_date") else {
      invoice.collectionMethod = try CollectionMethod(parameters, else: invoice.collectionMethod)
      return
    }
    guard !parameters.has("days_until_due") else {
      throw .invalidRequest(
        "You may only specify one of these parameters: due_date, days_until_due.", code: "parameters_exclusive",
        param: "due_date")
    }
    guard (parameters.text("collection_method") ?? invoice.collectionMethod.name) == "send_invoice" else {
      throw .invalidRequest("`due_date` can only be used with `collection_method=send_invoice`.", param: "due_date")
    }
    guard due > now else { throw .invalidRequest("due_date must be in the future.", param: "due_date") }
    invoice.collectionMethod = .sendInvoice(daysUntilDue: (due - now) / CalendarTime.secondsPerDay)
    invoice.dueDate = due
  }
}
