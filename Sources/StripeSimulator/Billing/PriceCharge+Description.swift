extension PriceCharge {
  /// `1250 × Orders (at 0.10 usd / month)`, `50 × Assessments (Tier 1 at 0.00 usd / month)`.
  func description(of product: String, _ price: Price) -> String {
    let amount = unitAmount.description(ofMinorUnitsIn: price.currency)
    let each = "\(amount) \(price.currency)\(price.recurring.map { " / \($0.name)" } ?? "")"
    return switch part {
    case .units: "\(quantity) × \(product) (at \(each))"
    case .tier(let number): "\(quantity) × \(product) (Tier \(number) at \(each))"
    case .flatFee(let tier): "\(product) (Tier \(tier) flat fee at \(each))"
    }
  }
}

extension Price.Recurring {
  fileprivate var name: String {
    intervalCount == 1 ? interval.rawValue : "every \(intervalCount) \(interval.rawValue)s"
  }
}

extension Decimal {
  /// Minor units as the currency's own unit, with at least its decimals: 10 cents are `0.10`.
  fileprivate func description(ofMinorUnitsIn currency: String) -> String {
    let decimals = StripeCurrency.decimals(of: currency)
    var text = description
    let isNegative = text.hasPrefix("-")
    if isNegative { text.removeFirst() }
    let parts = text.split(separator: ".")
    var whole = String(parts[0])
    if whole.utf8.count <= decimals {
      whole = String(repeating: "0", count: decimals + 1 - whole.utf8.count) + whole
    }
    let point = whole.index(whole.endIndex, offsetBy: -decimals)
    let fraction = whole[point...] + (parts.count > 1 ? parts[1] : "")
    return (isNegative ? "-" : "") + whole[..<point] + (fraction.isEmpty ? "" : "." + fraction)
  }
}
