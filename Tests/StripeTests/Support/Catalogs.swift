import Billing

@testable import Stripe

/// Catalogs of a plan with a base fee and a few rates.
enum Catalogs {
  static func price(_ text: String) -> Price { Price(text) ?? .zero }

  static func rate(
    _ metric: String, _ unitPrice: String, from: String? = nil, included: Int = 0, billing: BillingRoute = .stripeMeter
  ) throws -> Rate {
    Rate(
      metric: try there(MetricName(metric)), effectiveFrom: from.flatMap { CivilDate($0) },
      model: .perUnit(price(unitPrice)), included: Quantity(included), billing: billing)
  }

  static func plan(_ id: String = "standard", fee: Int128 = 19900, rates: [Rate]) throws -> CatalogDraft.DraftPlan {
    CatalogDraft.DraftPlan(
      id: try there(PlanID(id)), baseFee: Amount(minorUnits: fee, currency: try there(Currency("usd"))), rates: rates,
      isDefault: id == "standard")
  }

  static func catalog(_ plans: [CatalogDraft.DraftPlan]) throws -> Catalog {
    let names = Set(plans.flatMap { $0.rates.compactMap { $0?.metric } }).sorted()
    let metrics = names.map { Metric(name: $0, unit: "one", source: .message, aggregation: .sum) }
    return try CatalogDraft(metrics: metrics, plans: plans).checked(version: 1)
  }

  /// A base fee, `order` at 0.10, `invoice` at 0.05 with 50 included.
  static func stripe() throws -> StripeCatalog {
    try StripeCatalog(
      of: catalog([plan(rates: [rate("order", "0.10"), rate("invoice", "0.05", included: 50)])]))
  }
}
