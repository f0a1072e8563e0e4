/// A price as a request describes it.
struct PriceRequest {
  let parameters: Parameters
  let world: World

  /// Makes and keeps the price, and its product where that is described with it.
  func make(isLive: Bool) throws(StripeFailure) -> Price {
    let currency = try currency()
    let recurring = try recurring()
    let scheme = try scheme()
    let product = try product(isLive)
    var price = Price(
      id: world.ids.next("price_"), created: world.clock.seconds, isLive: isLive, currency: currency,
      product: product.id, scheme: scheme, recurring: recurring, taxBehavior: "unspecified")
    try price.apply(parameters, world)
    if world.billing.products[product.id] == nil { world.billing.products.put(product) }
    world.billing.prices.put(price)
    return price
  }

  private func currency() throws(StripeFailure) -> String {
    let currency = parameters.text("currency")?.lowercased() ?? ""
    guard StripeCurrency.isKnown(currency) else {
      throw .invalidRequest("Invalid currency: \(currency).", param: "currency")
    }
    return currency
  }

  private func product(_ isLive: Bool) throws(StripeFailure) -> Product {
    guard let data = parameters.object("product_data") else {
      guard let id = parameters.text("product") else { throw missing("product") }
      return try world.billing.products.get(id, "product", param: "product")
    }
    guard !parameters.has("product") else { throw exclusive("product", "product_data") }
    let id = data.text("id") ?? world.ids.next("prod_", 14)
    guard world.billing.products[id] == nil else {
      throw .invalidRequest("Product already exists.", code: "resource_already_exists", param: data.name(of: "id"))
    }
    let now = world.clock.seconds
    var product = Product(
      id: id, created: now, isLive: isLive, type: "service", updated: now, displayName: data.text("name") ?? "")
    product.active = data.bool("active") ?? true
    product.unitLabel = data.text("unit_label")
    product.statementDescriptor = data.text("statement_descriptor")
    product.taxCode = data.text("tax_code")
    try product.metadata.apply(data)
    return product
  }

  private func recurring() throws(StripeFailure) -> Price.Recurring? {
    guard let recurring = parameters.object("recurring") else { return nil }
    guard let interval = recurring.text("interval").flatMap(BillingInterval.init) else {
      throw missing("recurring[interval]")
    }
    let count = recurring.integer("interval_count") ?? 1
    guard count <= interval.largestCount else {
      throw .invalidRequest(
        "The recurring interval must be at most three years.", param: "recurring[interval_count]")
    }
    return Price.Recurring(interval: interval, intervalCount: count, usage: try usage(recurring))
  }

  private func usage(_ recurring: Parameters) throws(StripeFailure) -> Price.Usage {
    let param = recurring.name(of: "meter")
    guard recurring.text("usage_type") == "metered" else {
      guard !recurring.has("meter") else {
        throw .invalidRequest("`\(param)` can only be used with `recurring[usage_type]=metered`.", param: param)
      }
      return .licensed
    }
    guard let id = recurring.text("meter") else { throw missing(param) }
    let meter = try world.meters.get(id, "meter", param: param)
    guard meter.isActive else {
      throw .invalidRequest("The meter \(id) is inactive; prices need an active one.", param: param)
    }
    return .metered(meter: id)
  }

  private func scheme() throws(StripeFailure) -> PriceScheme {
    guard parameters.text("billing_scheme") == "tiered" else {
      for name in ["tiers", "tiers_mode"] where parameters.has(name) {
        throw .invalidRequest("`\(name)` can only be used with `billing_scheme=tiered`.", param: name)
      }
      guard let unitAmount = try amount("unit_amount", of: parameters) else { throw missing("unit_amount") }
      return .perUnit(unitAmount, transform: try transform())
    }
    for name in ["unit_amount", "unit_amount_decimal", "transform_quantity"] where parameters.has(name) {
      throw .invalidRequest("`\(name)` cannot be used with `billing_scheme=tiered`.", param: name)
    }
    guard let mode = parameters.text("tiers_mode").flatMap(TiersMode.init) else { throw missing("tiers_mode") }
    return .tiered(mode, try tiers())
  }

  private func transform() throws(StripeFailure) -> QuantityTransform? {
    guard let transform = parameters.object("transform_quantity") else { return nil }
    guard let divideBy = transform.integer("divide_by"),
      let rounding = transform.text("round").flatMap(Decimal.Rounding.init)
    else { throw missing("transform_quantity[divide_by]") }
    return QuantityTransform(divideBy: divideBy, rounding: rounding)
  }

  private func tiers() throws(StripeFailure) -> [PriceTier] {
    var tiers: [PriceTier] = []
    for request in parameters.objects("tiers") {
      let param = request.name(of: "up_to")
      let text = request.text("up_to") ?? ""
      guard tiers.last.map({ $0.upTo != nil }) ?? true else {
        throw .invalidRequest("Only the last tier can have `up_to=inf`.", param: param)
      }
      let upTo = Int(text)
      guard text == "inf" || upTo ?? 0 > tiers.last?.upTo ?? 0 else {
        throw .invalidRequest(
          "Invalid \(param): it must be `inf` or a whole number above that of the tier before.", param: param)
      }
      let tier = PriceTier(
        upTo: upTo, unitAmount: try amount("unit_amount", of: request),
        flatAmount: try amount("flat_amount", of: request))
      guard tier.unitAmount != nil || tier.flatAmount != nil else {
        throw .invalidRequest(
          "A tier needs one of `unit_amount`, `unit_amount_decimal`, `flat_amount`, `flat_amount_decimal`.",
          param: request.name(of: "unit_amount"))
      }
      tiers.append(tier)
    }
    guard let last = tiers.last else { throw missing("tiers") }
    guard last.upTo == nil else {
      throw .invalidRequest("The last tier must have `up_to=inf`.", param: "tiers")
    }
    return tiers
  }

  /// Whole or decimal, not both.
  private func amount(_ name: String, of request: Parameters) throws(StripeFailure) -> Decimal? {
    let (whole, decimal) = (request.integer(name), request.decimal(name + "_decimal"))
    let param = request.name(of: "\(name)_decimal")
    guard whole == nil || decimal == nil else { throw exclusive(request.name(of: name), param) }
    guard decimal ?? .zero >= .zero else {
      throw .invalidRequest("Invalid decimal: it must be 0 or more.", param: param)
    }
    return decimal ?? whole.map { Decimal($0) }
  }

  private func missing(_ param: String) -> StripeFailure {
    .invalidRequest("Missing required param: \(param).", code: "parameter_missing", param: param)
  }

  private func exclusive(_ first: String, _ second: String) -> StripeFailure {
    .invalidRequest(
      "You may only specify one of these parameters: \(first), \(second).", code: "parameters_exclusive", param: first)
  }
}
