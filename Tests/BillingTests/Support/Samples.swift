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

func effectiveRate(
  _ unitPrice: String, per unitSize: String = "1", included: String = "0", model: PriceModel = .perUnit
) throws -> EffectiveRate {
  EffectiveRate(
    metric: try metricName("order"),
    pricing: EffectiveRate.Pricing(
      model: model, unitPrice: try price(unitPrice), unitSize: try quantity(unitSize),
      included: try quantity(included)),
    thresholds: nil, billing: .invoiceItem, itemize: false)
}
