/// A subscription's items being changed. Nothing is kept of it before it is committed, so that one bad item of several
/// leaves everything as it was.
struct SubscriptionChange {
  static let largestItemCount = 20

  private let world: World
  private let now: Int
  private let prorates: Bool
  private(set) var subscription: Subscription
  private var prorations: [InvoiceItem] = []

  /// - Parameter prorates: whether licensed items are charged and credited for what is left of the period.
  init(of subscription: Subscription, prorates: Bool, in world: World) {
    self.world = world
    self.subscription = subscription
    self.prorates = prorates
    now = world.clock.seconds
  }

  /// - Parameter request: `price`, `quantity`, `metadata`.
  /// - Returns: the new item's id.
  @discardableResult
  mutating func add(_ request: Parameters) throws(StripeFailure) -> String {
    let price = try price(request)
    var item = SubscriptionItem(
      id: world.ids.next("si_", 14), created: now, subscription: subscription.id, price: price,
      quantity: try quantity(request, price, else: 1), unbilledFrom: now)
    try item.metadata.apply(request)
    subscription.items.append(item)
    prorate(item, sign: 1)
    return item.id
  }

  /// Gives an item another price, quantity or metadata. Usage until now stays with the price it was counted under.
  mutating func change(_ id: String, _ request: Parameters) throws(StripeFailure) {
    let index = try index(of: id, request.name(of: "id"))
    let before = subscription.items[index]
    var item = before
    if request.has("price") { item.price = try price(request) }
    item.quantity = try quantity(request, item.price, else: before.quantity ?? 1)
    try item.metadata.apply(request)
    if item.price.id != before.price.id {
      subscription.keepUsage(of: before, until: now, with: world)
      item.unbilledFrom = now
    }
    subscription.items[index] = item
    guard item.price.id != before.price.id || item.quantity != before.quantity else { return }
    prorate(before, sign: -1)
    prorate(item, sign: 1)
  }

  /// Takes an item away; its usage until now is still owed.
  mutating func remove(_ id: String, param: String) throws(StripeFailure) {
    let item = subscription.items.remove(at: try index(of: id, param))
    subscription.keepUsage(of: item, until: now, with: world)
    prorate(item, sign: -1)
  }

  /// Credits all licensed items, as they end now.
  mutating func credit() { for item in subscription.items { prorate(item, sign: -1) } }

  /// Checks the whole and keeps it.
  func commit() throws(StripeFailure) -> Subscription {
    try check()
    let before = world.billing.subscriptions[subscription.id]?.items ?? []
    for item in before { world.billing.subscriptionsByItem[item.id] = nil }
    for item in subscription.items { world.billing.subscriptionsByItem[item.id] = subscription.id }
    world.billing.subscriptions.put(subscription)
    for proration in prorations { Invoicing(world: world).keep(proration) }
    return subscription
  }

  private func check() throws(StripeFailure) {
    guard let first = subscription.items.first?.price else {
      throw .refused("A subscription must have at least one active plan.")
    }
    guard subscription.items.count <= Self.largestItemCount else {
      throw .invalidRequest("Subscriptions have at most \(Self.largestItemCount) items.", param: "items")
    }
    var prices: Set<String> = []
    for price in subscription.items.map(\.price) {
      guard prices.insert(price.id).inserted else {
        throw .invalidRequest("Cannot add multiple subscription items with the same plan: \(price.id)", param: "items")
      }
      guard price.currency == first.currency, price.recurring?.interval == first.recurring?.interval,
        price.recurring?.intervalCount == first.recurring?.intervalCount
      else {
        throw .invalidRequest(
          "All prices of a subscription must have the same currency and the same recurring interval.", param: "items")
      }
    }
  }

  private mutating func prorate(_ item: SubscriptionItem, sign: Int) {
    let rest = TimeSpan(start: now, end: subscription.period.end)
    guard prorates, item.price.meter == nil, !rest.isEmpty else { return }
    let quantity = Decimal(item.quantity ?? 1)
    let full = item.price.scheme.charges(for: quantity).reduce(0) { $0 + $1.amount }
    let whole = subscription.cycle.period(containing: now)
    let amount = sign * Decimal(full).share(rest.seconds, of: whole.seconds)
    let product = world.billing.products[item.price.product]?.displayName ?? item.price.product
    prorations.append(
      InvoiceItem(
        id: world.ids.next("ii_"), line: world.ids.next("il_"), created: now, isLive: subscription.isLive,
        customer: subscription.customer, currency: subscription.currency, subscription: subscription.id,
        isProration: true, price: item.price, amount: amount, quantity: quantity, unitAmount: Decimal(amount),
        description: sign < 0 ? "Unused time on \(product)" : "Remaining time on \(product)", period: rest,
        isDiscountable: false))
  }

  private func index(of id: String, _ param: String) throws(StripeFailure) -> Int {
    guard let index = subscription.items.firstIndex(where: { $0.id == id }) else {
      throw .noSuch("subscription_item", id, param: param)
    }
    return index
  }

  private func price(_ request: Parameters) throws(StripeFailure) -> Price {
    let param = request.name(of: "price")
    guard let id = request.text("price") else {
      throw .invalidRequest("Missing required param: \(param).", code: "parameter_missing", param: param)
    }
    let price = try world.billing.prices.get(id, "price", param: param)
    guard price.active else {
      throw .invalidRequest("The price specified is inactive. This field only accepts active prices.", param: param)
    }
    guard price.recurring != nil else {
      throw .invalidRequest(
        "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
        param: param)
    }
    return price
  }

  /// - Returns: `nil` for metered prices.
  private func quantity(_ request: Parameters, _ price: Price, else present: Int) throws(StripeFailure) -> Int? {
    let quantity = request.integer("quantity")
    guard price.meter != nil else { return quantity ?? present }
    guard quantity == nil else {
      throw .invalidRequest(
        "You cannot set the quantity for metered prices: it is what the meter counts.",
        param: request.name(of: "quantity"))
    }
    return nil
  }
}
