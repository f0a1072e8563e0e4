import Billing
import Outbox

@testable import Stripe

/// The requests that scripts/stripe-bytes-check.d/official.py makes with the official client, made by this product.
enum OurRequests {
  static let entry =
    EntryID("01943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d2") ?? Entries.id()

  static func event() throws -> AddressedMeterEvent {
    guard case .meterEvent(let event) = try Entries.meterEvent("-12.5") else { throw Missing() }
    return AddressedMeterEvent(event, id: entry, customer: try id("cus_1"))
  }

  static func all() throws -> [String: StripeRequest] {
    [try effects(), try lookUps(), try setup(), try streamed(), try rejections()].reduce(into: [:]) { all, part in
      all.merge(part) { one, _ in one }
    }
  }

  private static func id(_ text: String) throws -> RemoteID { try there(RemoteID(text)) }

  private static func effects() throws -> [String: StripeRequest] {
    let usd = try there(Currency("usd"))
    let period = try Entries.period()
    let fee = InvoiceItem(
      minorUnits: 19900, currency: usd, line: .baseFee(period), invoice: try there(InvoiceNumber(7)))
    let charge = InvoiceItem(
      minorUnits: 5000, currency: try there(Currency("jpy")),
      line: .charge(try there(ChargeKind("setup_fee")), number: 42))
    return [
      "meter_event": try request(Entries.meterEvent("-12.5")),
      "invoice_item": try request(Entries.invoiceItem()),
      "attached_invoice_item": try request(.invoiceItem(fee), invoice: "in_1"),
      "charge_item": try request(.invoiceItem(charge)),
      "invoice": try request(Entries.invoice()),
      "finalize_invoice": try request(Entries.finalization(), invoice: "in_1"),
      "customer": try request(.customer, name: "Zoë & Söhne + [Co]"),
    ]
  }

  private static func request(_ effect: Effect, invoice: String? = nil, name: String? = nil) throws -> StripeRequest {
    let delivery = try Entries.delivery(Entries.entry(effect, id: entry), invoice: invoice, name: name)
    return try there(delivery.request)
  }

  private static func lookUps() throws -> [String: StripeRequest] {
    let customer = try id("cus_1")
    guard case .meterEvent(let event) = try Entries.meterEvent() else { throw Missing() }
    let since = Entries.start
    let keys = try [199_00, 500].map { amount in
      try there(
        StripePrice(
          baseFee: Amount(minorUnits: Int128(amount), currency: try there(Currency(amount == 500 ? "jpy" : "usd"))))
      ).lookupKey
    }
    return [
      "list_invoice_items": .invoiceItems(of: customer, createdSince: since, after: try id("ii_9")),
      "list_invoices": .invoices(of: customer, createdSince: since, after: nil),
      "list_customers": .customers(createdSince: since, after: nil),
      "retrieve_invoice": .invoice(try id("in_1")),
      "list_meters": .meters(after: nil),
      "summary": .summary(of: try id("mtr_1"), customer: customer, minute: event.timestamp),
      "retrieve_subscription": .subscription(try id("sub_1")),
      "list_subscriptions": .subscriptions(of: customer, after: nil),
      "list_products": .products(after: nil),
      "list_prices": .prices(lookupKeys: keys, after: nil),
    ]
  }

  private static func setup() throws -> [String: StripeRequest] {
    let product = try id("prod_1")
    let usd = try there(Currency("usd"))
    let fee = try there(StripePrice(baseFee: Amount(minorUnits: 19900, currency: usd)))
    let plan = SubscriptionPlan(
      company: try there(CompanyID("comp-123")), period: try Entries.period(), anchorDay: .first,
      catalog: try Catalogs.stripe())
    func price(_ pricing: EffectiveRate.Pricing) throws -> StripeRequest {
      let price = StripePrice(try Entries.metric(), try StripePriceShape(of: pricing, currency: usd), currency: usd)
      return .makePrice(price, product: product, meter: try id("mtr_1"))
    }
    return [
      "make_meter": .makeMeter(try Entries.metric()),
      "make_product": .makeProduct(.baseFee),
      "make_base_fee": .makePrice(fee, product: product, meter: nil),
      "make_unit_price": try price(.init(model: .perUnit(Catalogs.price("0.00001")))),
      "make_quota_price": try price(.init(model: .perUnit(Catalogs.price("10.00")), included: Quantity(50))),
      "make_package_price": try price(.init(model: .package(Catalogs.price("2.50")), unitSize: Quantity(100))),
      "make_subscription": .makeSubscription(
        plan, customer: try id("cus_1"), prices: [try id("price_1"), try id("price_2")]),
      "change_subscription": .changeSubscription(
        try id("sub_1"),
        [.init(item: try id("si_1"), price: try id("price_3")), .init(item: nil, price: try id("price_4"))]),
    ]
  }

  private static func rejections() throws -> [String: StripeRequest] {
    [
      "list_rejections": .rejections(createdSince: Entries.start),
      "retrieve_rejection": .rejection(try id("evt_1")),
    ]
  }

  private static func streamed() throws -> [String: StripeRequest] {
    [
      "session": .meterEventSession(key: entry),
      "stream": try there(.meterEventStream([try event()], key: entry)),
    ]
  }
}
