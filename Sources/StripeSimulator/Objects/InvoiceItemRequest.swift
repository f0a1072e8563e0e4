/// An invoice item, or a change to one, as a request describes it.
struct InvoiceItemRequest {
  let parameters: Parameters
  let world: World

  func make(isLive: Bool) throws(StripeFailure) -> InvoiceItem {
    let payer = try world.customers.get(parameters.text("customer") ?? "", "customer", param: "customer")
    let customer = payer.id
    let now = world.clock.seconds
    let subscription = try subscription(of: customer)
    guard let charge = try charge(beside: nil) else {
      throw .invalidRequest("Missing required param: amount.", code: "parameter_missing", param: "amount")
    }
    let currency = try currency(charge.price, subscription, payer)
    let invoicing = Invoicing(world: world)
    let invoice = try parameters.text("invoice").map { id throws(StripeFailure) in
      try invoicing.draft(id, for: customer, currency: currency)
    }
    var item = InvoiceItem(
      id: world.ids.next("ii_"), line: world.ids.next("il_"), created: now, isLive: isLive, customer: customer,
      currency: currency, subscription: subscription?.id, isProration: false, price: charge.price,
      amount: charge.amount, quantity: charge.quantity, unitAmount: charge.unitAmount,
      description: parameters.text("description"), period: try period() ?? TimeSpan(start: now, end: now),
      isDiscountable: parameters.bool("discountable") ?? (charge.amount >= 0), invoice: invoice?.id)
    if item.description == nil, let price = charge.price {
      item.description = world.billing.products[price.product]?.displayName
    }
    try item.metadata.apply(parameters)
    invoicing.keep(item)
    world.settleCurrency(of: customer, currency)
    return item
  }

  func change(_ present: InvoiceItem) throws(StripeFailure) -> InvoiceItem {
    try Invoicing(world: world).checkEditable(present)
    var item = present
    if let charge = try charge(beside: present) {
      (item.price, item.amount, item.quantity) = (charge.price, charge.amount, charge.quantity)
      item.unitAmount = charge.unitAmount
    }
    if parameters.has("description") { item.description = parameters.text("description") }
    if let isDiscountable = parameters.bool("discountable") { item.isDiscountable = isDiscountable }
    if let period = try period() { item.period = period }
    try item.metadata.apply(parameters)
    world.billing.invoiceItems.put(item)
    return item
  }

  private struct Charge {
    var price: Price?
    let quantity: Decimal
    let unitAmount: Decimal
    let amount: Int
  }

  /// An amount; or a quantity and what each costs: given, or a price's.
  ///
  /// - Returns: `nil` when nothing of it was sent.
  private func charge(beside present: InvoiceItem?) throws(StripeFailure) -> Charge? {
    let ways = ["amount", "unit_amount_decimal", "pricing"].filter(parameters.has)
    guard ways.count <= 1 else { throw exclusive(ways[0], ways[1]) }
    let quantity = try quantity()
    if let amount = parameters.integer("amount") {
      guard quantity == nil else { throw exclusive("amount", "quantity") }
      return Charge(quantity: Decimal(1), unitAmount: Decimal(amount), amount: amount)
    }
    let price = try price() ?? (ways.isEmpty ? present?.price : nil)
    guard let unitAmount = parameters.decimal("unit_amount_decimal") ?? unitAmount(of: price) ?? present?.unitAmount,
      !ways.isEmpty || (present != nil && quantity != nil)
    else { return nil }
    let count = quantity ?? present?.quantity ?? Decimal(1)
    return Charge(price: price, quantity: count, unitAmount: unitAmount, amount: count.amount(times: unitAmount))
  }

  private func quantity() throws(StripeFailure) -> Decimal? {
    let (whole, decimal) = (parameters.integer("quantity"), parameters.decimal("quantity_decimal"))
    guard whole == nil || decimal == nil else { throw exclusive("quantity", "quantity_decimal") }
    guard decimal ?? .zero >= .zero else {
      throw .invalidRequest("Invalid decimal: it must be 0 or more.", param: "quantity_decimal")
    }
    return decimal ?? whole.map { Decimal($0) }
  }

  private func price() throws(StripeFailure) -> Price? {
    guard let id = parameters.object("pricing")?.text("price") else { return nil }
    let price = try world.billing.prices.get(id, "price", param: "pricing[price]")
    guard price.recurring == nil else {
      throw .invalidRequest(
        "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.",
        param: "pricing[price]")
    }
    guard price.active, unitAmount(of: price) != nil else {
      throw .invalidRequest(
        "The price specified is inactive or tiered. This field only accepts active prices per unit.",
        param: "pricing[price]")
    }
    return price
  }

  private func unitAmount(of price: Price?) -> Decimal? {
    guard case .perUnit(let unitAmount, nil) = price?.scheme else { return nil }
    return unitAmount
  }

  private func subscription(of customer: String) throws(StripeFailure) -> Subscription? {
    guard let id = parameters.text("subscription") else { return nil }
    let subscription = try world.billing.subscriptions.get(id, "subscription", param: "subscription")
    guard subscription.customer == customer else {
      throw .invalidRequest("The subscription \(id) is another customer's.", param: "subscription")
    }
    return subscription
  }

  /// The price's, the subscription's or the customer's where it is not given; the account's in the end.
  private func currency(
    _ price: Price?, _ subscription: Subscription?, _ payer: Customer
  ) throws(StripeFailure) -> String {
    let implied = price?.currency ?? subscription?.currency
    guard let currency = parameters.text("currency")?.lowercased() else { return implied ?? payer.currency ?? "usd" }
    guard StripeCurrency.isKnown(currency), currency == implied ?? currency else {
      throw .invalidRequest("Invalid currency: \(currency).", param: "currency")
    }
    return currency
  }

  private func period() throws(StripeFailure) -> TimeSpan? {
    guard let period = parameters.object("period"), let start = period.integer("start"),
      let end = period.integer("end")
    else { return nil }
    guard start <= end else {
      throw .invalidRequest("The period's end must not be before its start.", param: "period[end]")
    }
    return TimeSpan(start: start, end: end)
  }

  private func exclusive(_ first: String, _ second: String) -> StripeFailure {
    .invalidRequest(
      "You may only specify one of these parameters: \(first), \(second).", code: "parameters_exclusive", param: first)
  }
}
