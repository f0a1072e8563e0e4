extension Product {
  private static let writable: KeyValuePairs<String, Rule> = [
    "name": .text(), "active": .bool, "description": .text().unsettable, "unit_label": .text(12).unsettable,
    "statement_descriptor": .text(22).unsettable, "tax_code": .text().unsettable, "url": .text().unsettable,
    "images": .list(.text()).unsettable, "shippable": .bool, "metadata": .metadata,
  ]

  static let endpoints: [Endpoint] = [
    Endpoint(
      .post, url, .of(writable, ["name": .text().required, "id": .text(), "type": .choice("good", "service")])
    ) { call, world throws(StripeFailure) in
      let parameters = call.parameters
      let id = parameters.text("id") ?? world.ids.next("prod_", 14)
      guard world.billing.products[id] == nil else {
        throw .invalidRequest("Product already exists.", code: "resource_already_exists", param: "id")
      }
      let now = world.clock.seconds
      var product = Product(
        id: id, created: now, isLive: call.isLive, type: parameters.text("type") ?? "service", updated: now,
        displayName: parameters.text("name") ?? "")
      try product.apply(parameters)
      world.billing.products.put(product)
      return Answer(product)
    },
    Endpoint(
      .get, url,
      .list([
        "active": .bool, "created": .range, "ids": .list(.text()), "shippable": .bool, "url": .text(),
        "type": .choice("good", "service"),
      ])
    ) { call, world throws(StripeFailure) in
      let wanted = Wanted(call.parameters)
      return try world.billing.products.list(call.parameters) { wanted.fits($0) }
    },
    Endpoint(.get, "\(url)/*") { call, world throws(StripeFailure) in
      Answer(try world.billing.products.get(call.id, "product"))
    },
    Endpoint(.post, "\(url)/*", .of(writable, ["default_price": .text()])) { call, world throws(StripeFailure) in
      var product = try world.billing.products.get(call.id, "product")
      if let price = call.parameters.text("default_price") {
        guard try world.billing.prices.get(price, "price", param: "default_price").product == product.id else {
          throw .invalidRequest("The price \(price) belongs to another product.", param: "default_price")
        }
        product.defaultPrice = price
      }
      try product.apply(call.parameters)
      product.updated = world.clock.seconds
      world.billing.products.put(product)
      return Answer(product)
    },
    Endpoint(.delete, "\(url)/*") { call, world throws(StripeFailure) in
      let product = try world.billing.products.get(call.id, "product")
      guard !world.billing.prices.all.contains(where: { $0.product == product.id }) else {
        throw .refused("This product cannot be deleted because it has one or more user-created prices.")
      }
      world.billing.products.remove(call.id)
      return .deleted(product)
    },
  ]

  /// The filters of a list.
  private struct Wanted {
    let active: Bool?
    let shippable: Bool?
    let website: String?
    let type: String?
    let ids: [String]?

    init(_ parameters: Parameters) {
      active = parameters.bool("active")
      shippable = parameters.bool("shippable")
      website = parameters.text("url")
      type = parameters.text("type")
      ids = parameters.has("ids") ? parameters.texts("ids") : nil
    }

    func fits(_ product: Product) -> Bool {
      active ?? product.active == product.active && shippable ?? product.isShippable == product.isShippable
        && website ?? product.website == product.website && type ?? product.type == product.type
        && ids?.contains(product.id) ?? true
    }
  }

  private mutating func apply(_ parameters: Parameters) throws(StripeFailure) {
    if let name = parameters.text("name") { displayName = name }
    if let active = parameters.bool("active") { self.active = active }
    if parameters.has("description") { description = parameters.text("description") }
    if parameters.has("unit_label") { unitLabel = parameters.text("unit_label") }
    if parameters.has("statement_descriptor") { statementDescriptor = parameters.text("statement_descriptor") }
    if parameters.has("tax_code") { taxCode = parameters.text("tax_code") }
    if parameters.has("url") { website = parameters.text("url") }
    if parameters.has("images") { images = parameters.texts("images") }
    if let shippable = parameters.bool("shippable") { isShippable = shippable }
    try metadata.apply(parameters)
  }
}
