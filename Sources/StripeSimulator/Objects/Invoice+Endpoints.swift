extension Invoice {
  private static let writable: KeyValuePairs<String, Rule> = [
    "auto_advance": .bool, "automatically_finalizes_at": .timestamp,
    "collection_method": .choice("charge_automatically", "send_invoice"), "days_until_due": .integer(0...9999),
    "due_date": .timestamp, "description": .text(1500).unsettable, "footer": .text().unsettable,
    "metadata": .metadata,
  ]

  static let endpoints: [Endpoint] = [
    Endpoint(
      .post, url,
      .of(
        writable,
        [
          "customer": .text(), "subscription": .text(), "currency": .text(),
          "pending_invoice_items_behavior": .choice("exclude", "include"),
        ])
    ) { call, world throws(StripeFailure) in
      Answer(try InvoiceRequest(parameters: call.parameters, world: world).make(isLive: call.isLive))
    },
    Endpoint(
      .get, url,
      .list([
        "customer": .text(), "subscription": .text(), "created": .range, "due_date": .range,
        "collection_method": .choice("charge_automatically", "send_invoice"),
        "status": .choice("draft", "open", "paid", "uncollectible", "void"),
      ])
    ) { call, world throws(StripeFailure) in
      let wanted = InvoiceFilter(call.parameters)
      let customer =
        call.parameters.text("customer") ?? wanted.subscription.flatMap { world.billing.subscriptions[$0]?.customer }
      let page = try world.billing.invoices.page(call.parameters, group: customer) { wanted.fits($0) }
      let invoicing = Invoicing(world: world)
      return .list(page.objects, hasMore: page.hasMore, url: url) { invoicing.current($1).writeMembers(to: &$0) }
    },
    Endpoint(
      .post, "\(url)/create_preview",
      .of([
        "customer": .text(), "subscription": .text(), "currency": .text(), "preview_mode": .choice("next"),
      ])
    ) { call, world throws(StripeFailure) in
      Answer(try InvoicePreview(world: world).make(call.parameters, isLive: call.isLive))
    },
    Endpoint(.get, "\(url)/*") { call, world throws(StripeFailure) in
      Answer(Invoicing(world: world).current(try world.billing.invoices.get(call.id, "invoice")))
    },
    Endpoint(.post, "\(url)/*", .of(writable)) { call, world throws(StripeFailure) in
      let invoice = try world.billing.invoices.get(call.id, "invoice")
      return Answer(try InvoiceRequest(parameters: call.parameters, world: world).change(invoice))
    },
    Endpoint(.get, "\(url)/*/lines", .list([:])) { call, world throws(StripeFailure) in
      let invoice = Invoicing(world: world).current(try world.billing.invoices.get(call.id, "invoice"))
      // A list shows the newest first, which of an invoice's lines is the first.
      var lines = ObjectStore<InvoiceLine>()
      for line in invoice.lines.reversed() { lines.put(line) }
      return try lines.list(call.parameters, url: "\(url)/\(invoice.id)/lines")
    },
    Endpoint(.post, "\(url)/*/finalize", .of(["auto_advance": .bool])) { call, world throws(StripeFailure) in
      var invoice = try world.billing.invoices.get(call.id, "invoice")
      guard invoice.isDraft else {
        throw .refused("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
      }
      if let autoAdvance = call.parameters.bool("auto_advance") { invoice.autoAdvance = autoAdvance }
      return Answer(Invoicing(world: world).finalize(invoice, at: world.clock.seconds))
    },
    Endpoint(
      .post, "\(url)/*/pay", .of(["paid_out_of_band": .bool, "off_session": .bool, "forgive": .bool])
    ) { call, world throws(StripeFailure) in
      let isOutOfBand = call.parameters.bool("paid_out_of_band") ?? false
      return Answer(try Invoicing(world: world).pay(call.id, at: world.clock.seconds, outOfBand: isOutOfBand))
    },
    Endpoint(.post, "\(url)/*/void") { call, world throws(StripeFailure) in
      Answer(try Invoicing(world: world).void(call.id, at: world.clock.seconds))
    },
    Endpoint(.post, "\(url)/*/mark_uncollectible") { call, world throws(StripeFailure) in
      Answer(try Invoicing(world: world).markUncollectible(call.id, at: world.clock.seconds))
    },
  ]
}

/// What a list of invoices is filtered by.
private struct InvoiceFilter {
  let subscription: String?
  private let status: String?
  private let collectionMethod: String?
  private let dueDate: TimeRange?

  init(_ parameters: Parameters) {
    subscription = parameters.text("subscription")
    status = parameters.text("status")
    collectionMethod = parameters.text("collection_method")
    dueDate = parameters.range("due_date")
  }

  func fits(_ invoice: Invoice) -> Bool {
    guard subscription ?? invoice.subscription == invoice.subscription,
      status ?? invoice.status.rawValue == invoice.status.rawValue,
      collectionMethod ?? invoice.collectionMethod.name == invoice.collectionMethod.name
    else { return false }
    guard let dueDate else { return true }
    return invoice.dueDate.map(dueDate.contains) ?? false
  }
}
