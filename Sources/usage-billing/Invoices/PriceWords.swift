import Billing

/// Figures and prices as people read them.
enum PriceWords {
  /// `1,250.5` of `1250.5`.
  static func grouped(_ number: some CustomStringConvertible) -> String {
    let text = number.description
    let sign = text.hasPrefix("-") ? "-" : ""
    let parts = text.dropFirst(sign.count).split(separator: ".", maxSplits: 1)
    var whole = ""
    for (place, digit) in (parts.first ?? "").enumerated() {
      if place > 0, ((parts.first?.count ?? 0) - place).isMultiple(of: 3) { whole += "," }
      whole.append(digit)
    }
    return sign + whole + (parts.count == 2 ? ".\(parts[1])" : "")
  }

  /// `0.10 each`; `0.01 per 1,000`; `10.00 each after 50 included`.
  static func terms(_ pricing: EffectiveRate.Pricing) -> String {
    var text: String
    switch pricing.model {
    case .perUnit(let price): text = each(price, pricing.unitSize)
    case .package(let price): text = "\(grouped(price)) per begun \(grouped(pricing.unitSize))"
    case .graduated(let tiers):
      text = tiers.map { tier(each($0.unitPrice, pricing.unitSize), $0) }.joined(separator: ", then ")
    case .volume(let tiers):
      let prices = tiers.map { tier(each($0.unitPrice, pricing.unitSize), $0) }
      text = "all " + prices.joined(separator: ", beyond that all ")
    }
    if pricing.included > .zero { text += " after \(grouped(pricing.included)) included" }
    return text
  }

  private static func each(_ price: Price, _ size: Quantity) -> String {
    size == Quantity(1) ? "\(grouped(price)) each" : "\(grouped(price)) per \(grouped(size))"
  }

  private static func tier(_ price: String, _ tier: PriceTier) -> String {
    var text = price
    if let upTo = tier.upTo { text += " up to \(grouped(upTo))" }
    if tier.flatFee > .zero { text += " and \(grouped(tier.flatFee)) once" }
    return text
  }

  /// `2025-01-01 to 2025-01-31`: people count the last day in.
  static func days(_ period: BillingPeriod) -> String { "\(period.start) to \(period.lastDay)" }
}
