extension Customer {
  private static let writable: KeyValuePairs<String, Rule> = [
    "name": .text(256).unsettable, "email": .text(512).unsettable, "description": .text().unsettable,
    "phone": .text(20).unsettable, "balance": .integer(-largestBalance...largestBalance), "metadata": .metadata,
  ]

  static let endpoints: [Endpoint] = [
    Endpoint(.post, url, .of(writable)) { call, world throws(StripeFailure) in
      var customer = Customer(id: world.ids.next("cus_", 14), created: world.clock.seconds, isLive: call.isLive)
      try customer.apply(call.parameters)
      world.customers.put(customer)
      return Answer(customer)
    },
    Endpoint(.get, url, .list(["email": .text(512), "created": .range])) { call, world throws(StripeFailure) in
      let email = call.parameters.text("email")
      return try world.customers.list(call.parameters) { email == nil || $0.email == email }
    },
    Endpoint(.get, "\(url)/*") { call, world throws(StripeFailure) in
      // What is left of a deleted one can still be asked for.
      if let deleted = world.deletedCustomers[call.id] { return .deleted(deleted) }
      return Answer(try world.customers.get(call.id, "customer"))
    },
    Endpoint(.post, "\(url)/*", .of(writable)) { call, world throws(StripeFailure) in
      var customer = try world.customers.get(call.id, "customer")
      try customer.apply(call.parameters)
      world.customers.put(customer)
      return Answer(customer)
    },
    Endpoint(.delete, "\(url)/*") { call, world throws(StripeFailure) in
      let customer = try world.customers.get(call.id, "customer")
      try Subscribing(world: world).cancelAll(of: customer.id)
      world.customers.remove(call.id)
      world.deletedCustomers[call.id] = customer
      return .deleted(customer)
    },
  ]

  private mutating func apply(_ parameters: Parameters) throws(StripeFailure) {
    if parameters.has("name") { displayName = parameters.text("name") }
    if parameters.has("email") { email = parameters.text("email") }
    if parameters.has("description") { description = parameters.text("description") }
    if parameters.has("phone") { phone = parameters.text("phone") }
    if let balance = parameters.integer("balance") { self.balance = balance }
    try metadata.apply(parameters)
  }
}
