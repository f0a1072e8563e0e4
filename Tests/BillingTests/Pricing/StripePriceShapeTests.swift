import Testing

@testable import Billing

@Suite("Prices at Stripe")
struct StripePriceShapeTests {
  private func shape(
    _ model: PriceModel, per unitSize: String = "1", included: String = "0", in code: String = "usd"
  ) throws -> StripePriceShape {
    try StripePriceShape(
      of: EffectiveRate.Pricing(
        model: model, unitSize: try quantity(unitSize), included: try quantity(included)),
      currency: currency(code))
  }

  private func reasons(_ model: PriceModel, per unitSize: String = "1", included: String = "0") throws -> [String] {
    do {
      _ = try shape(model, per: unitSize, included: included)
      return []
    } catch let error as StripePriceShape.Inexpressible {
      return error.reasons.map(\.field)
    }
  }

  /// `up_to unit_amount_decimal [+ flat_amount]`
  private func written(_ shape: StripePriceShape) -> String {
    switch shape {
    case .perUnit(let amount): "\(amount)"
    case .package(let amount, let size): "\(amount) per \(size)"
    case .tiered(let mode, let tiers):
      mode.rawValue + ": "
        + tiers.map { tier in
          "\(tier.upTo.map(String.init) ?? "inf") \(tier.unitAmount)" + (tier.flatAmount.map { " + \($0)" } ?? "")
        }.joined(separator: ", ")
    }
  }

  @Test(
    "a price is in the minor unit as Stripe counts it, for one unit",
    arguments: [
      ("0.10", "1", "usd", "10"), ("0.01", "1000", "usd", "0.001"), ("0.000000000001", "1", "usd", "0.0000000001"),
      ("0.000000000001", "100", "usd", "0.000000000001"), ("12", "1", "jpy", "12"), ("12", "1", "kwd", "12000"),
      ("0.0005", "1", "kwd", "0.5"), ("7", "1", "isk", "700"), ("7", "1", "ugx", "700"), ("7", "1", "mga", "7"),
      ("0", "7", "usd", "0"), ("1", "0.5", "usd", "200"), ("0.10", "60", "usd", "0.166666666667"),
      ("999999999999999.999999999999", "1", "usd", "99999999999999999.9999999999"),
    ])
  func unitAmounts(price text: String, unitSize: String, code: String, expected: String) throws {
    #expect(try written(shape(.perUnit(price(text)), per: unitSize, in: code)) == expected)
  }

  @Test("a quota is a first tier at 0, and tiers begin behind it")
  func quotas() throws {
    #expect(try written(shape(.perUnit(price("10")), included: "50")) == "graduated: 50 0, inf 1000")
    let steps = try tiers("100: 1.00 + 5.00, 1000: 0.50 + 0.01, 0.10")
    #expect(
      try written(shape(.graduated(steps), included: "50"))
        == "graduated: 50 0, 150 100 + 500, 1050 50 + 1, inf 10")
  }

  @Test("tiers keep their bounds, prices and fees, packages their size")
  func models() throws {
    let steps = try tiers("100: 1.00, 1000: 0.50 + 5.00, 0.10")
    #expect(try written(shape(.graduated(steps))) == "graduated: 100 100, 1000 50 + 500, inf 10")
    #expect(try written(shape(.volume(steps))) == "volume: 100 100, 1000 50 + 500, inf 10")
    #expect(try written(shape(.volume(steps), per: "10")) == "volume: 100 10, 1000 5 + 500, inf 1")
    #expect(try written(shape(.package(price("0.125")), per: "1000")) == "12.5 per 1000")
  }

  @Test("what Stripe has no number for is named, all of it")
  func inexpressible() throws {
    let one = try price("1")
    #expect(try reasons(.perUnit(one), included: "0.5") == ["included"])
    #expect(try reasons(.perUnit(one), per: "7000000000001", included: "0.5") == ["unitSize", "included"])
    #expect(try reasons(.package(one), per: "2.5") == ["unitSize"])
    #expect(try reasons(.package(one), per: "10", included: "10") == ["included"])
    let steps = try tiers("10.5: 1, 20: 0.01 + 0.001, 1")
    #expect(try reasons(.graduated(steps)) == ["tiers[0].upTo", "tiers[1].flatFee"])
    #expect(try reasons(.volume(steps), included: "1") == ["included", "tiers[0].upTo", "tiers[1].flatFee"])
    #expect(try reasons(.graduated(tiers("10: 0.1, 0.2")), per: "3") == ["tiers[0].unitPrice", "tiers[1].unitPrice"])
    #expect(try reasons(.graduated(tiers("10: 0, 0")), per: "3") == [])
  }

  @Test("a full tier has to cost whole minor units where each is rounded by itself, the last one never is full")
  func wholeTiers() throws {
    let steps = try tiers("3: 0.005, 5: 0.005, 0.001")
    #expect(try reasons(.graduated(steps)) == ["tiers[0].unitPrice"])
    #expect(try reasons(.volume(steps)) == [])
    #expect(try reasons(.graduated(tiers("2: 0.005, 4: 0.015, 0.001"))) == [])
    #expect(try reasons(.graduated(tiers("2: 0.005, 5: 0.005, 0.001")), included: "7") == ["tiers[1].unitPrice"])
  }

  @Test("a fee in the tier that a period without usage is in is refused; behind a quota there is another")
  func firstFee() throws {
    let steps = try tiers("10: 1 + 5, 1")
    #expect(try reasons(.graduated(steps)) == ["tiers[0].flatFee"])
    #expect(try reasons(.volume(steps)) == ["tiers[0].flatFee"])
    #expect(try reasons(.graduated(steps), included: "3") == [])
  }

  @Test("for whole quantities Stripe's price costs what ours does", arguments: PriceModel.Kind.allCases)
  func sameCosts(kind: PriceModel.Kind) throws {
    var random = RandomPricing(seed: 7)
    var expressed = 0
    for _ in 0..<3_000 {
      let (rate, currency) = (try random.rate(kind), try random.currency())
      guard let shape = try? StripePriceShape(of: rate.pricing, currency: currency) else { continue }
      expressed += 1
      for most in [3, 150, 1_000_000_000] {
        let total = random.number(0...most)
        let ours = try Pricing.cost(of: Quantity(total), at: rate, currency: currency).amount
        #expect(ours.minorUnits == StripeBill.minorUnits(of: Int128(total), at: shape), "\(total) at \(rate.pricing)")
      }
    }
    #expect(expressed > 50)
  }

  @Test("a price that 12 decimals cut short is taken only as long as no whole quantity can tell")
  func nearPrices() throws {
    let usd = try currency("usd")
    let minute = try price("0.10")
    func amount(_ price: Price, per size: String, upTo limit: UInt128) throws -> StripeUnitAmount? {
      StripeUnitAmount(price: price, per: try quantity(size), currency: usd, sameUpTo: limit)
    }
    #expect(try amount(minute, per: "60", upTo: 0) == nil)
    #expect(try amount(minute, per: "60", upTo: 249_999_999_999)?.description == "0.166666666667")
    #expect(try amount(minute, per: "60", upTo: 250_000_000_000) == nil)
    #expect(try amount(price("0.01"), per: "7000000000001", upTo: 1_000_000_000) == nil)
    #expect(try amount(price("0.01"), per: "0", upTo: 1) == nil)
    #expect(try amount(price("-0.01"), per: "1", upTo: 1) == nil)
    #expect(StripeUnitAmount(price: Price(units: .max), per: Quantity(units: 1), currency: usd, sameUpTo: 1) == nil)
  }
}

/// What Stripe charges for a whole quantity, by its own description of a price.
enum StripeBill {
  static func minorUnits(of total: Int128, at shape: StripePriceShape) -> Int128 {
    let one: Int128 = 1_000_000_000_000
    switch shape {
    case .perUnit(let amount): return rounded(total * amount.units, one)
    case .package(let amount, let size):
      return rounded((total + Int128(size) - 1) / Int128(size) * amount.units, one)
    case .tiered(.volume, let tiers):
      guard let tier = tiers.first(where: { $0.upTo.map { total <= Int128($0) } ?? true }) else { return -1 }
      return rounded(total * tier.unitAmount.units + Int128(tier.flatAmount ?? 0) * one, one)
    case .tiered(.graduated, let tiers):
      // A line for each tier and for each fee, each rounded.
      var cost: Int128 = 0
      var begin: Int128 = 0
      for (index, tier) in tiers.enumerated() where index == 0 || total > begin {
        let end = min(tier.upTo.map { Int128($0) } ?? total, total)
        cost += rounded((end - begin) * tier.unitAmount.units, one) + Int128(tier.flatAmount ?? 0)
        begin = end
        if begin == total { break }
      }
      return cost
    }
  }

  private static func rounded(_ number: Int128, _ one: Int128) -> Int128 { (number * 2 + one) / (one * 2) }
}
