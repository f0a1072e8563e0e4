/// A line's cost before its one rounding, exact: quantities at prices, and fees.
///
/// Rounding at the end, and nowhere before, is what makes 50,000 calls at 0.00001 cost 0.50 and not 0, and keeps what
/// several tiers cost from being rounded once for each.
struct UnroundedAmount {
  /// How much of a metric one price buys.
  private let unitSize: Quantity
  /// In units of 10^-21 / `unitSize`: products of quantities (10^-9) and prices (10^-12).
  private var sum = WideInteger.zero

  /// - Throws: `unitSizeNotPositive`.
  init(per unitSize: Quantity) throws(MoneyError) {
    guard unitSize.units > 0 else { throw .unitSizeNotPositive }
    self.unitSize = unitSize
  }

  mutating func add(_ quantity: Quantity, at price: Price) throws(MoneyError) {
    try add(WideInteger(quantity.units, times: price.units))
  }

  /// What is owed once, whatever the quantity.
  mutating func add(fee: Price) throws(MoneyError) { try add(unitSize, at: fee) }

  /// Half away from zero, to the currency's minor unit.
  func rounded(to currency: Currency) throws(MoneyError) -> Amount {
    // In minor units: sum·10^-21 / (u·10^-9) × 10^minor = sum / (u·10^(12 - minor)).
    var scale: UInt128 = 1
    for _ in 0..<(Price.scale - currency.minorDigits) { scale *= 10 }
    let (divisor, overflow) = unitSize.units.magnitude.multipliedReportingOverflow(by: scale)
    guard !overflow, let minorUnits = sum.dividedRounding(by: divisor) else { throw .overflow }
    return Amount(minorUnits: minorUnits, currency: currency)
  }

  private mutating func add(_ product: WideInteger) throws(MoneyError) {
    guard let sum = sum.adding(product) else { throw .overflow }
    self.sum = sum
  }
}
