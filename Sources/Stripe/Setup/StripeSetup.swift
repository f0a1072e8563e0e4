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
      let active = there.first { $0["event_name"]?.text == metric.text && $0["status"]?.text == "active" }
      guard let active, let id = active.remoteID else {
        report.meters[metric] = try caller.make(.makeMeter(metric))
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
      let found = there.first { $0["metadata"]?["usage_billing"]?.text == product.key.text }
      if let id = found?.remoteID {
        products[product] = id
      } else {
        products[product] = try caller.make(.makeProduct(product))
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
      // The price of a meter that was replaced would never see an event.
      if let found = there[price.lookupKey.text], found.meter == meter {
        report.prices[price.lookupKey] = found.id
        continue
      }
      guard let product = products[price.product] else { continue }
      report.prices[price.lookupKey] = try caller.make(.makePrice(price, product: product, meter: meter))
      report.pricesMade += 1
    }
  }

  /// Stripe's names of the prices that are there, with their meters, by lookup key.
  private func prices(_ keys: [StripeText]) throws(StripeSetupError) -> [String: (id: RemoteID, meter: RemoteID?)] {
    var found: [String: (id: RemoteID, meter: RemoteID?)] = [:]
    for start in stride(from: 0, to: keys.count, by: 10) {
      let some = Array(keys[start..<min(start + 10, keys.count)])
      for price in try caller.all({ .prices(lookupKeys: some, after: $0) }) {
        guard let key = price["lookup_key"]?.text, let id = price.remoteID else { continue }
        found[key] = (id, price["recurring"]?["meter"]?.remoteID)
      }
    }
    return found
  }
}
