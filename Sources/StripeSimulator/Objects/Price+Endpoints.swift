extension Price {
  private static let amount = Rule.integer(0...999_999_999_999)

  private static let tier = Rule.object([
    "up_to": .text().required, "unit_amount": amount, "unit_amount_decimal": .decimal(), "flat_amount": amount,
    "flat_amount_decimal": .decimal(),
  ])

  private static let writable: KeyValuePairs<String, Rule> = [
    "active": .bool, "lookup_key": .text(200).unsettable, "transfer_lookup_key": .bool,
    "nickname": .text().unsettable, "tax_behavior": .choice("exclusive", "inclusive", "unspecified"),
    "metadata": .metadata,
  ]

  static let endpoints: [Endpoint] = [
    Endpoint(
      .post, url,
      .of(
        writable,
        [
          "currency": .text().required, "product": .text(),
          "product_data": .object([
            "name": .text().required, "id": .text(), "active": .bool, "metadata": .metadata,
            "statement_descriptor": .text(22), "tax_code": .text(), "unit_label": .text(12),
          ]),
          "billing_scheme": .choice("per_unit", "tiered"), "unit_amount": amount, "unit_amount_decimal": .decimal(),
          "tiers": .list(tier), "tiers_mode": .choice("graduated", "volume"),
          "transform_quantity": .object([
            "divide_by": .integer(1...Int.max).required, "round": .choice("up", "down").required,
          ]),
          "recurring": .object([
            "interval": .choice("day", "week", "month", "year").required, "interval_count": .integer(1...1095),
            "usage_type": .choice("licensed", "metered"), "meter": .text(),
          ]),
        ])
    ) { call, world throws(StripeFailure) in
      let price = try PriceRequest(parameters: call.parameters, world: world).make(isLive: call.isLive)
      return price.answer(to: call)
    },
    Endpoint(
      .get, url,
      .list([
        "active": .bool, "created": .range, "currency": .text(), "lookup_keys": .list(.text()), "product": .text(),
        "type": .choice("one_time", "recurring"),
        "recurring": .object([
          "interval": .choice("day", "week", "month", "year"), "meter": .text(),
          "usage_type": .choice("licensed", "metered"),
        ]),
      ])
    ) { call, world throws(StripeFailure) in
      let wanted = PriceFilter(call.parameters)
      let page = try world.billing.prices.page(call.parameters) { wanted.fits($0) }
      let withTiers = call.parameters.texts("expand").contains("data.tiers")
      return .list(page.objects, hasMore: page.hasMore, url: url) { $1.write(to: &$0, withTiers: withTiers) }
    },
    Endpoint(.get, "\(url)/*") { call, world throws(StripeFailure) in
      try world.billing.prices.get(call.id, "price").answer(to: call)
    },
    Endpoint(.post, "\(url)/*", .of(writable)) { call, world throws(StripeFailure) in
      var price = try world.billing.prices.get(call.id, "price")
      try price.apply(call.parameters, world)
      world.billing.prices.put(price)
      return price.answer(to: call)
    },
  ]

  private func answer(to call: Call) -> Answer {
    let withTiers = call.parameters.texts("expand").contains("tiers")
    return Answer { write(to: &$0, withTiers: withTiers) }
  }

  /// What can change in a price.
  mutating func apply(_ parameters: Parameters, _ world: World) throws(StripeFailure) {
    try metadata.apply(parameters)
    if let active = parameters.bool("active") { self.active = active }
    if parameters.has("nickname") { nickname = parameters.text("nickname") }
    if let behavior = parameters.text("tax_behavior") { taxBehavior = behavior }
    guard parameters.has("lookup_key") else { return }
    let key = parameters.text("lookup_key")
    if let key, let owner = world.billing.lookupKeys[key], owner != id {
      guard parameters.bool("transfer_lookup_key") == true, var former = world.billing.prices[owner] else {
        throw .invalidRequest(
          "A price (`\(owner)`) already uses that lookup key.", code: "resource_already_exists", param: "lookup_key")
      }
      former.lookupKey = nil
      world.billing.prices.put(former)
    }
    if let lookupKey { world.billing.lookupKeys[lookupKey] = nil }
    if let key { world.billing.lookupKeys[key] = id }
    lookupKey = key
  }
}

/// What a list of prices is filtered by.
private struct PriceFilter {
  private let active: Bool?
  private let currency: String?
  private let product: String?
  private let type: String?
  private let lookupKeys: [String]?
  private let interval: String?
  private let meter: String?
  private let usage: String?

  init(_ parameters: Parameters) {
    active = parameters.bool("active")
    currency = parameters.text("currency")
    product = parameters.text("product")
    type = parameters.text("type")
    lookupKeys = parameters.has("lookup_keys") ? parameters.texts("lookup_keys") : nil
    let recurring = parameters.object("recurring")
    interval = recurring?.text("interval")
    meter = recurring?.text("meter")
    usage = recurring?.text("usage_type")
  }

  func fits(_ price: Price) -> Bool {
    guard active ?? price.active == price.active, currency ?? price.currency == price.currency,
      product ?? price.product == price.product
    else { return false }
    if let type, (type == "recurring") != (price.recurring != nil) { return false }
    if let lookupKeys, !lookupKeys.contains(where: { $0 == price.lookupKey }) { return false }
    if let interval, price.recurring?.interval.rawValue != interval { return false }
    if let meter, price.meter != meter { return false }
    if let usage, price.recurring == nil || (usage == "metered") != (price.meter != nil) { return false }
    return true
  }
}
