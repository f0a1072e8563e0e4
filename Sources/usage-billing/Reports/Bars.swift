import Billing

/// Amounts as bars of characters: `####`, and `----` for those below 0.
///
/// The longest is as long as the room allows, and whatever is not 0 has a character at least. Amounts are compared with
/// those of their own currency only.
struct Bars {
  static let width = 40

  let texts: [String]

  init(_ amounts: [Amount]) {
    var greatest: [Currency: UInt128] = [:]
    for amount in amounts {
      greatest[amount.currency] = max(greatest[amount.currency] ?? 0, amount.minorUnits.magnitude)
    }
    texts = amounts.map { amount in
      let magnitude = amount.minorUnits.magnitude
      guard let greatest = greatest[amount.currency], magnitude > 0 else { return "" }
      return String(repeating: amount.minorUnits < 0 ? "-" : "#", count: Self.length(magnitude, of: greatest))
    }
  }

  private static func length(_ magnitude: UInt128, of greatest: UInt128) -> Int {
    // The greatest amounts there can be would not fit when multiplied.
    let shift = greatest > .max >> 8 ? 8 : 0
    return max(1, Int((magnitude >> shift) * UInt128(width) / (greatest >> shift)))
  }
}
