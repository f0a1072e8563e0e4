import Testing

@testable import Billing

func metric(
  _ name: String, unit: String = "order", source: Metric.Source = .message, aggregation: Aggregation = .sum,
  minimum: String? = nil
) throws -> Metric {
  Metric(
    name: try metricName(name), unit: unit, source: source, aggregation: aggregation,
    minimumPerEvent: try minimum.map { try quantity($0) })
}

func rate(
  _ metric: String, from effectiveFrom: String? = nil, model: PriceModel? = nil, unitPrice: String = "0.10",
  unitSize: String = "1", included: String = "0", threshold: String? = nil, levels: [String] = ["0.8", "1"],
  billing: BillingRoute = .stripeMeter, itemize: Bool = false
) throws -> Rate {
  Rate(
    metric: try metricName(metric), effectiveFrom: try effectiveFrom.map { try date($0) },
    model: try model ?? .perUnit(price(unitPrice)), unitSize: try quantity(unitSize), included: try quantity(included),
    threshold: try threshold.map { try quantity($0) }, levels: try levels.map { try quantity($0) }, billing: billing,
    itemize: itemize)
}

func draftPlan(
  _ id: String = "standard", baseFee: String = "199.00", currency code: String = "usd", rates: [Rate?],
  isDefault: Bool = true
) throws -> CatalogDraft.DraftPlan {
  CatalogDraft.DraftPlan(
    id: try planID(id), baseFee: Amount(baseFee, currency: try currency(code)), rates: rates, isDefault: isDefault)
}

/// A catalog of the metric `order` and one plan with these rates of it.
func orderCatalog(rates: [Rate]) throws -> Catalog {
  try CatalogDraft(metrics: [metric("order")], plans: [draftPlan(rates: rates)]).checked(version: 1)
}
