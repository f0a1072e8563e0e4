extension InvoiceItem {
  private static let amount = Rule.integer(-99_999_999...99_999_999)

  private static let writable: KeyValuePairs<String, Rule> = [
    "amount": amount, "unit_amount_decimal": .decimal(), "quantity": .integer(0...Int.max),
    "quantity_decimal": .decimal(), "pricing": .object(["price": .text().required]),
    "description": .text().unsettable, "discountable": .bool, "metadata": .metadata,
    "period": .object(["start": .timestamp.required, "end": .timestamp.required]),
    "tax_behavior": .choice("exclusive", "inclusive", "unspecified"),
  ]

  static let endpoints: [Endpoint] = [
    Endpoint(
      .post, url,
      .of(
        writable,
        ["customer": .text().required, "currency": .text(), "invoice": .text(), "subscription": .text()])
    ) { call, world throws(StripeFailure) in
      Answer(try InvoiceItemRequest(parameters: call.parameters, world: world).make(isLive: call.isLive))
    },
    Endpoint(
      .get, url, .list(["customer": .text(), "created": .range, "invoice": .text(), "pending": .bool])
    ) { call, world throws(StripeFailure) in
      let parameters = call.parameters
      let (invoice, pending) = (parameters.text("invoice"), parameters.bool("pending"))
      // An invoice's items are its customer's.
      let customer = parameters.text("customer") ?? invoice.flatMap { world.billing.invoices[$0]?.customer }
      return try world.billing.invoiceItems.list(parameters, group: customer) { item in
        invoice ?? item.invoice == item.invoice && pending ?? item.isPending == item.isPending
      }
    },
    Endpoint(.get, "\(url)/*") { call, world throws(StripeFailure) in
      Answer(try world.billing.invoiceItems.get(call.id, "invoiceitem"))
    },
    Endpoint(.post, "\(url)/*", .of(writable)) { call, world throws(StripeFailure) in
      let item = try world.billing.invoiceItems.get(call.id, "invoiceitem")
      return Answer(try InvoiceItemRequest(parameters: call.parameters, world: world).change(item))
    },
    Endpoint(.delete, "\(url)/*") { call, world throws(StripeFailure) in
      let item = try world.billing.invoiceItems.get(call.id, "invoiceitem")
      try Invoicing(world: world).remove(item)
      return .deleted(item)
    },
  ]

  private var isPending: Bool { invoice == nil }
}
