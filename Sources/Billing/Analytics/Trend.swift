/// How a figure compares with what it was, in percent: exact to two decimals, rounded once, half away from zero.
public struct Trend: Hashable, Sendable, CustomStringConvertible {
  private static let decimals = 2

  /// In hundredths of a percent.
  public let hundredths: Int128

  /// The change over the former figure's magnitude, so that its sign is always the change's. From 0 to something there
  /// is no such share: it counts as 100 (-100 below 0), and from 0 to 0 as 0.
  private init(from former: Int128, to current: Int128) throws(MoneyError) {
    guard former != 0 else {
      hundredths = current.signum() * 100 * 100
      return
    }
    // In 256 bits, in which the greatest change there can be is exact.
    let scaled = WideInteger(current, times: 100 * 100).adding(WideInteger(former, times: -100 * 100))
    guard let share = scaled?.dividedRounding(by: former.magnitude) else { throw .overflow }
    hundredths = share
  }

  /// - Throws: `overflow` where the share needs more than 128 bits.
  public init(from former: Quantity, to current: Quantity) throws(MoneyError) {
    try self.init(from: former.units, to: current.units)
  }

  /// - Throws: `currencyMismatch`, `overflow`.
  public init(from former: Amount, to current: Amount) throws(MoneyError) {
    guard former.currency == current.currency else { throw .currencyMismatch(former.currency, current.currency) }
    try self.init(from: former.minorUnits, to: current.minorUnits)
  }

  /// The shortest decimal, without a sign of percent: `-25`, `33.33`.
  public var description: String { DecimalText.format(hundredths, scale: Self.decimals) }
}
