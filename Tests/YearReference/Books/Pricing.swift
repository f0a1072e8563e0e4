/// What a period's whole total costs, in the minor unit: the quota comes off, the model prices the rest, and the sum is
/// rounded once.
enum Pricing {
  struct Terms {
    let model: Catalog.Model
    let unitSize: Ratio
    let included: Ratio
    /// Of the currency's minor unit.
    let digits: Int
  }

  static func price(_ total: Ratio, _ terms: Terms) throws -> Int128 {
    let rest = total - terms.included
    guard rest > .zero else { return 0 }
    let cost =
      switch terms.model {
      case .perUnit(let price): try rest / terms.unitSize * number(price)
      case .package(let price): try Ratio((rest / terms.unitSize).roundedUp) * number(price)
      case .graduated(let tiers): try graduated(rest, tiers, terms.unitSize)
      case .volume(let tiers): try volume(rest, tiers, terms.unitSize)
      }
    return minorUnits(cost, digits: terms.digits)
  }

  static func minorUnits(_ amount: Ratio, digits: Int) -> Int128 {
    (0..<digits).reduce(amount) { amount, _ in amount * Ratio(10) }.rounded
  }

  /// Each tier takes what lies in it, and its fee as soon as anything does.
  private static func graduated(_ quantity: Ratio, _ tiers: [Catalog.Tier], _ size: Ratio) throws -> Ratio {
    var cost = Ratio.zero
    var bottom = Ratio.zero
    for tier in tiers where quantity > bottom {
      let top = try tier.upTo.map { try min(number($0), quantity) } ?? quantity
      cost = try cost + (top - bottom) / size * number(tier.price) + number(tier.flat)
      bottom = top
    }
    return cost
  }

  /// The tier that the quantity falls in takes all of it.
  private static func volume(_ quantity: Ratio, _ tiers: [Catalog.Tier], _ size: Ratio) throws -> Ratio {
    let tier = try tiers.first { tier in try tier.upTo.map { try quantity <= number($0) } ?? true }
    guard let tier else { throw BooksError(description: "no tier of the catalog takes \(quantity)") }
    return try quantity / size * number(tier.price) + number(tier.flat)
  }

  /// Of a text in the catalog.
  static func number(_ text: String) throws -> Ratio {
    guard let number = Ratio(text) else { throw BooksError(description: "\"\(text)\" is no number") }
    return number
  }
}
