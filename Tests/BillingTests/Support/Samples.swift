import Testing

@testable import Billing

func metricName(_ text: String) throws -> MetricName { try #require(MetricName(text)) }
func quantity(_ text: String) throws -> Quantity { try #require(Quantity(text)) }
func price(_ text: String) throws -> Price { try #require(Price(text)) }
func currency(_ code: String) throws -> Currency { try #require(Currency(code)) }
func date(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }
func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }
func planID(_ text: String) throws -> PlanID { try #require(PlanID(text)) }

/// `2025-01-01/2025-02-01`
func period(_ text: String) throws -> BillingPeriod {
  let days = text.split(separator: "/").map(String.init)
  try #require(days.count == 2)
  return try #require(BillingPeriod(start: date(days[0]), end: date(days[1])))
}

func effectiveRate(_ unitPrice: String, per unitSize: String = "1", included: String = "0") throws -> EffectiveRate {
  try effectiveRate(.perUnit(price(unitPrice)), per: unitSize, included: included)
}

func effectiveRate(
  _ model: PriceModel, per unitSize: String = "1", included: String = "0"
) throws -> EffectiveRate {
  try effectiveRate(
    EffectiveRate.Pricing(model: model, unitSize: try quantity(unitSize), included: try quantity(included)))
}

func effectiveRate(_ pricing: EffectiveRate.Pricing) throws -> EffectiveRate {
  EffectiveRate(
    metric: try metricName("order"), pricing: pricing, thresholds: nil, billing: .invoiceItem, itemize: false)
}

/// `100: 1.00 + 5.00, 0.50`: to 100 at 1.00 and a flat fee of 5.00, then 0.50.
func tiers(_ text: String) throws -> [PriceTier] {
  try text.split(separator: ", ").map { part in
    let halves = part.split(separator: ": ").map(String.init)
    let prices = try #require(halves.last).split(separator: " + ").map(String.init)
    return PriceTier(
      upTo: halves.count > 1 ? try quantity(halves[0]) : nil, unitPrice: try price(prices[0]),
      flatFee: try prices.count > 1 ? price(prices[1]) : .zero)
  }
}
