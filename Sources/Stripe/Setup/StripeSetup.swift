import Billing
import JSON
import Outbox

/// Makes at Stripe what a catalog needs and what is not there yet. Run again, it makes nothing.
public struct StripeSetup {
  /// What a run found or made.
  public struct Report: Hashable, Sendable {
    public fileprivate(set) var meters: [MetricName: RemoteID] = [:]
    public fileprivate(set) var prices: [StripeText: RemoteID] = [:]
    public fileprivate(set) var metersMade = 0
    public fileprivate(set) var productsMade = 0
    public fileprivate(set) var pricesMade = 0
  }

  private let caller: StripeCaller

  public init(_ caller: StripeCaller) { self.caller = caller }

  public func run(_ catalog: StripeCatalog) throws(StripeSetupError) -> Report {
    var report = Report()
    try makeMeters(catalog, &report)
    let products = try makeProducts(catalog, &report)
    try makePrices(catalog, products, &report)
    return report
  }

  private func makeMeters(_ catalog: StripeCatalog, _ report: inout Report) throws(StripeSetupError) {
    let there = try caller.all { .meters(after: $0) }
    for metric in catalog.meters {
      let named = there.filter { $0["event_name"]?.text == metric.text }
      let active = named.first { $0["status"]?.text == "active" }
      guard let active, let id = active.remoteID else {
        report.meters[metric] = try caller.make(.makeMeter(metric, former: named.compactMap(\.remoteID)))
        report.metersMade += 1
        continue
      }
      guard active["default_aggregation"]?["formula"]?.text == "sum",
        active["customer_mapping"]?["event_payload_key"]?.text == "stripe_customer_id",
        active["value_settings"]?["event_payload_key"]?.text == "value"
      else { throw .otherMeter(metric, id) }
      report.meters[metric] = id
    }
  }

  private func makeProducts(
    _ catalog: StripeCatalog, _ report: inout Report
  ) throws(StripeSetupError) -> [StripeProduct: RemoteID] {
    let there = try caller.all { .products(after: $0) }
    var products: [StripeProduct: RemoteID] = [:]
    for product in catalog.products {
      let named = there.filter { $0["metadata"]?["usage_billing"]?.text == product.key.text }
      if let id = named.first(where: { !$0.isArchived })?.remoteID {
        products[product] = id
      } else {
        products[product] = try caller.make(.makeProduct(product, former: named.compactMap(\.remoteID)))
        report.productsMade += 1
      }
    }
    return products
  }

  private func makePrices(
    _ catalog: StripeCatalog, _ products: [StripeProduct: RemoteID], _ report: inout Report
  ) throws(StripeSetupError) {
    let there = try prices(catalog.prices.map(\.lookupKey))
    for price in catalog.prices {
      var meter: RemoteID?
      if case .metric(let metric) = price.product { meter = report.meters[metric] }
      let found = there.filter { $0["lookup_key"]?.text == price.lookupKey.text }
      // The price of a meter that was replaced would never see an event.
      let usable = found.first { !$0.isArchived && $0["recurring"]?["meter"]?.remoteID == meter }
      if let id = usable?.remoteID {
        report.prices[price.lookupKey] = id
        continue
      }
      guard let product = products[price.product] else { continue }
      let request = StripeRequest.makePrice(
        price, product: product, meter: meter, former: found.compactMap(\.remoteID))
      report.prices[price.lookupKey] = try caller.make(request)
      report.pricesMade += 1
    }
  }

  private func prices(_ keys: [StripeText]) throws(StripeSetupError) -> [JSONValue] {
    var found: [JSONValue] = []
    for start in stride(from: 0, to: keys.count, by: 10) {
      let some = Array(keys[start..<min(start + 10, keys.count)])
      found += try caller.all { .prices(lookupKeys: some, after: $0) }
    }
    return found
  }
}

extension JSONValue {
  /// Of a product or price.
  fileprivate var isArchived: Bool {
    guard case .bool(false)? = self["active"] else { return false }
    return true
  }
}
