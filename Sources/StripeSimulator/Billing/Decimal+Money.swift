/// Amounts in minor units come of decimals here, each rounded once, half away from zero.
extension Decimal {
  /// What no line exceeds, so that the sums of lines and invoices fit an `Int`.
  static let largestAmount = 999_999_999_999

  private static let unitsPerOne: Int128 = 1_000_000_000_000_000

  /// The product as a whole number.
  func amount(times other: Decimal) -> Int {
    amount(times: other.units.magnitude, by: UInt128(Self.unitsPerOne), isNegative: (units < 0) != (other.units < 0))
  }

  /// The share `part` / `whole` of this, as a whole number.
  func share(_ part: Int, of whole: Int) -> Int {
    amount(times: UInt128(max(part, 0)), by: UInt128(max(whole, 1)), isNegative: units < 0)
  }

  /// The product needs 256 bits on the way; what lies beyond the largest amount is cut down to it, as nothing that a
  /// peer sends may trap.
  private func amount(times factor: UInt128, by divisor: UInt128, isNegative: Bool) -> Int {
    let divisor = divisor * UInt128(Self.unitsPerOne)
    let product = units.magnitude.multipliedFullWidth(by: factor)
    let largest = isNegative ? -Self.largestAmount : Self.largestAmount
    guard product.high < divisor else { return largest }
    let (quotient, remainder) = divisor.dividingFullWidth(product)
    guard quotient < UInt128(Self.largestAmount) else { return largest }
    let rounded = Int(quotient) + (remainder >= divisor - remainder ? 1 : 0)
    return isNegative ? -rounded : rounded
  }

  enum Rounding: String, Sendable { case up, down }

  /// Whole packages of `size`; of 0 or more.
  func packages(of size: Int, rounding: Rounding) -> Decimal {
    let (packages, rest) = units.quotientAndRemainder(dividingBy: Int128(max(size, 1)) * Self.unitsPerOne)
    return Decimal(units: (rounding == .up && rest > 0 ? packages + 1 : packages) * Self.unitsPerOne)
  }

  /// Without its decimals, cut off.
  var truncated: Int { Int(clamping: units / Self.unitsPerOne) }

  /// The whole number that this is; `nil` with decimals.
  var whole: Int? { units % Self.unitsPerOne == 0 ? Int(exactly: units / Self.unitsPerOne) : nil }

  static prefix func - (value: Decimal) -> Decimal { Decimal(units: -value.units) }
}
