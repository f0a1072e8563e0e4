/// What one unit costs at Stripe: a decimal of the currency's minor unit as Stripe counts it, with at most 12 decimals
/// (`unit_amount_decimal` of its prices and tiers).
public struct StripeUnitAmount: Hashable, Sendable, CustomStringConvertible {
  public static let scale = 12

  /// In units of 10^-12 of the minor unit.
  public let units: Int128

  static let zero = StripeUnitAmount(units: 0)

  private init(units: Int128) { self.units = units }

  /// The price of one unit if `unitSize` units cost `price`; `nil` when 12 decimals do not express it.
  ///
  /// - Parameter wholeUnits: 0 for a price that has to be exact. Otherwise one that is not is rounded up, provided that
  ///   any whole number of units up to this one costs the same to the minor unit as at the exact price: 0.10 a 60
  ///   seconds is 0.166666666667 cents a second, and 250 billion seconds are needed to make a cent of the difference.
  init?(price: Price, per unitSize: Quantity, currency: Currency, sameUpTo wholeUnits: UInt128) {
    guard price.units >= 0, unitSize.units > 0 else { return nil }
    // In units of 10^-12 minor units: p·10^-12 × 10^minor / (u·10^-9) × 10^12 = p·10^(9 + minor) / u.
    let divisor = unitSize.units.magnitude
    let factor = Int128(Self.power(9 + currency.stripeMinorDigits))
    guard let (quotient, rest) = WideInteger(price.units, times: factor).magnitudeDivided(by: divisor) else {
      return nil
    }
    guard rest == 0 || Self.costsTheSame(upTo: wholeUnits, quotient, rest, divisor) else { return nil }
    guard let units = Int128(exactly: quotient), units < .max else { return nil }
    self.units = rest == 0 ? units : units + 1
  }

  /// The number without decimals; `nil` when it has some.
  var whole: Int? {
    let (whole, rest) = units.quotientAndRemainder(dividingBy: Int128(Self.power(Self.scale)))
    return rest == 0 ? Int(exactly: whole) : nil
  }

  /// Whether so many units cost a whole number of minor units.
  func isWhole(times count: Int) -> Bool {
    WideInteger(units, times: Int128(count)).magnitudeDivided(by: Self.power(Self.scale))?.remainder == 0
  }

  /// `199`, `0.001`
  public var description: String { DecimalText.format(units, scale: Self.scale) }

  /// Whether q units at the price rounded up come to the same minor units as at the exact one, for all q up to a limit.
  ///
  /// In lowest terms let the exact price be n / d (in 10^-12 of the minor unit), and e / d what rounding up adds. The
  /// costs of whole units lie on a grid of d·10^12 / g to the minor unit, with g the greatest common divisor of n and
  /// 10^12. Halves lie on the grid or between two of its points, so what is below a half is so by half a step at least:
  /// the added q·e / (d·10^12) stays below that if 2·q·e < g. What lies on a half is rounded up in both.
  private static func costsTheSame(
    upTo limit: UInt128, _ quotient: UInt128, _ rest: UInt128, _ divisor: UInt128
  ) -> Bool {
    guard limit > 0 else { return false }
    let common = greatestCommonDivisor(divisor, rest)
    let (denominator, added) = (divisor / common, (divisor - rest) / common)
    let one = power(scale)
    let numerator = ((quotient % one) * (denominator % one) + (rest / common) % one) % one
    let step = greatestCommonDivisor(one, numerator)
    let (difference, overflow) = added.multipliedReportingOverflow(by: 2 * limit)
    return !overflow && difference < step
  }

  private static func greatestCommonDivisor(_ left: UInt128, _ right: UInt128) -> UInt128 {
    var (left, right) = (left, right)
    while right != 0 { (left, right) = (right, left % right) }
    return left
  }

  private static func power(_ exponent: Int) -> UInt128 {
    var power: UInt128 = 1
    for _ in 0..<exponent { power *= 10 }
    return power
  }
}
