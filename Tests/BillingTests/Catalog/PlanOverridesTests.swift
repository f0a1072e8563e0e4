import Testing

@testable import Billing

@Suite("A company's own rate beside a plan")
struct PlanOverridesTests {
  private func mistakes(
    unitPrice: String? = nil, included: String? = nil, threshold: String? = nil, beside rates: [Rate],
    from day: String = "2025-03-10"
  ) throws -> [String] {
    let plan = Plan(id: try planID("standard"), baseFee: .zero(try currency("usd")), rates: rates)
    let own = RateOverride(
      metric: try metricName("order"), unitPrice: try unitPrice.map(price), included: try included.map(quantity),
      threshold: try threshold.map(quantity))
    return try plan.mistakes(of: own, from: date(day), at: "own").map(\.description)
  }

  private static let besideTiers = "own.unitPrice: none where the plan has tiers"

  @Test("one price cannot replace tiers, a quota and a threshold can stand beside them", arguments: [true, false])
  func tiered(isGraduated: Bool) throws {
    let steps = try tiers("10: 1, 0.5")
    let rates = [
      try rate("order", model: isGraduated ? .graduated(steps) : .volume(steps), billing: .invoiceItem)
    ]
    let name = isGraduated ? "graduated" : "volume"
    #expect(
      try mistakes(unitPrice: "0.08", beside: rates)
        == ["\(Self.besideTiers) (\(name)): one price cannot replace several"])
    #expect(try mistakes(included: "7.5", threshold: "5", beside: rates) == [])
  }

  @Test("versions that are to come count, versions that are over do not")
  func versions() throws {
    let steps = PriceModel.graduated(try tiers("10: 1, 0.5"))
    func isRefused(_ rates: [Rate], from day: String) throws -> Bool {
      try mistakes(unitPrice: "1", beside: rates, from: day).contains { $0.hasPrefix(Self.besideTiers) }
    }
    let over = [try rate("order", model: steps), try rate("order", from: "2025-03-01")]
    #expect(try !isRefused(over, from: "2025-03-10"))
    #expect(try !isRefused(over, from: "2025-03-01"))
    #expect(try isRefused(over, from: "2025-02-28"))
    let coming = [try rate("order"), try rate("order", from: "2026-01-01", model: steps)]
    #expect(try isRefused(coming, from: "2025-03-10"))
    #expect(try !isRefused([rate("invoice", model: steps)], from: "2025-03-10"))
  }

  @Test("own terms that Stripe cannot express are refused where a meter bills, once for all versions")
  func stripe() throws {
    let metered = [try rate("order"), try rate("order", from: "2025-04-01")]
    #expect(
      try mistakes(included: "0.5", beside: metered) == ["own.included: for stripe_meter, a whole number"])
    #expect(try mistakes(included: "0.5", beside: [rate("order", billing: .invoiceItem)]) == [])
    #expect(try mistakes(included: "5", beside: [rate("order", model: .package(price("1")))]).count == 1)
    #expect(try mistakes(unitPrice: "0.08", included: "100", beside: metered) == [])
  }

  @Test("rules of the override itself come first, and alone")
  func ownRules() throws {
    #expect(
      try mistakes(unitPrice: "-1", beside: [rate("order", model: .graduated(tiers("1")))])
        == ["own.unitPrice: a decimal, 0 or more"])
  }

  @Test("an own price takes the place of a price for units and for packages; tiers stay what they are")
  func priced() throws {
    let own = try price("0.08")
    let steps = try tiers("10: 1, 0.5")
    #expect(PriceModel.perUnit(.zero).priced(at: own) == .perUnit(own))
    #expect(PriceModel.package(.zero).priced(at: own) == .package(own))
    #expect(PriceModel.package(own).priced(at: nil) == .package(own))
    #expect(PriceModel.volume(steps).priced(at: own) == .volume(steps))
  }
}
