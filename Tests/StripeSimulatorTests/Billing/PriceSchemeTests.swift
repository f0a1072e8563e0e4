import Testing

@testable import StripeSimulator

@Suite("What a price makes of a quantity")
struct PriceSchemeTests {
  /// The first 50 free, then 10.00 each.
  private let quota = PriceScheme.tiered(
    .graduated,
    [
      PriceTier(upTo: 50, unitAmount: .zero, flatAmount: nil),
      PriceTier(upTo: nil, unitAmount: Decimal(1000), flatAmount: nil),
    ])

  @Test("a quota is a free first tier", arguments: [("0", 0), ("50", 0), ("51", 1000), ("60", 10_000), ("50.5", 500)])
  func quota(quantity: String, total: Int) throws {
    #expect(try self.quota.total(of: quantity) == total)
  }

  @Test("graduated tiers each cost what they say, with a charge for every tier that is reached")
  func graduated() throws {
    let scheme = PriceScheme.tiered(
      .graduated,
      [
        PriceTier(upTo: 5, unitAmount: Decimal(500), flatAmount: nil),
        PriceTier(upTo: 10, unitAmount: Decimal(400), flatAmount: Decimal(1000)),
        PriceTier(upTo: nil, unitAmount: Decimal(300), flatAmount: nil),
      ])
    let charges = scheme.charges(for: Decimal(12))
    #expect(charges.map(\.part) == [.tier(1), .tier(2), .flatFee(tier: 2), .tier(3)])
    #expect(charges.map(\.amount) == [2500, 2000, 1000, 600])
    #expect(charges.map(\.quantity) == [Decimal(5), Decimal(5), Decimal(1), Decimal(2)])
    #expect(scheme.charges(for: Decimal(5)).map(\.amount) == [2500])
    #expect(scheme.charges(for: .zero).map(\.amount) == [0])
  }

  @Test("volume tiers cost all units the same, by the tier that the whole falls into")
  func volume() throws {
    let scheme = PriceScheme.tiered(
      .volume,
      [
        PriceTier(upTo: 5, unitAmount: Decimal(500), flatAmount: nil),
        PriceTier(upTo: nil, unitAmount: Decimal(400), flatAmount: Decimal(77)),
      ])
    #expect(scheme.charges(for: Decimal(5)).map(\.amount) == [2500])
    #expect(scheme.charges(for: Decimal(6)).map(\.amount) == [2400, 77])
    #expect(scheme.charges(for: Decimal(6)).map(\.part) == [.tier(2), .flatFee(tier: 2)])
  }

  @Test("the first tier's flat amount is owed without usage, a later one's is not")
  func flatAmounts() {
    let scheme = PriceScheme.tiered(
      .graduated,
      [
        PriceTier(upTo: 10, unitAmount: nil, flatAmount: Decimal(900)),
        PriceTier(upTo: nil, unitAmount: Decimal(1), flatAmount: Decimal(5000)),
      ])
    #expect(scheme.charges(for: .zero).map(\.amount) == [0, 900])
    #expect(scheme.charges(for: Decimal(10)).map(\.amount) == [0, 900])
    #expect(scheme.charges(for: Decimal(11)).map(\.amount) == [0, 900, 1, 5000])
  }

  @Test("a transformed quantity is billed in whole packages")
  func transform() throws {
    let up = PriceScheme.perUnit(Decimal(250), transform: QuantityTransform(divideBy: 1000, rounding: .up))
    let down = PriceScheme.perUnit(Decimal(250), transform: QuantityTransform(divideBy: 1000, rounding: .down))
    #expect(try up.total(of: "1001") == 500)
    #expect(try down.total(of: "1999") == 250)
    #expect(try up.total(of: "0") == 0)
  }

  @Test("usage below zero costs nothing and is no credit")
  func belowZero() throws {
    #expect(try PriceScheme.perUnit(Decimal(10), transform: nil).total(of: "-40") == 0)
    #expect(try quota.total(of: "-40") == 0)
  }
}

extension PriceScheme {
  fileprivate func total(of quantity: String) throws -> Int {
    charges(for: try decimal(quantity)).reduce(0) { $0 + $1.amount }
  }
}
