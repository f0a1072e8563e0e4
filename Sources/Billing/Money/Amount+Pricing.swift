extension Amount {
  /// `quantity` × `price` / `unitSize`, exact up to the one rounding at the end: half away from zero, to the minor
  /// unit.
  ///
  /// Rounding here, and nowhere before, is what makes 50,000 calls at 0.00001 cost 0.50 and not 0.
  init(
    quantity: Quantity, price: Price, unitSize: Quantity, currency: Currency
  ) throws(MoneyError) {
    guard unitSize.units > 0 else { throw .unitSizeNotPositive }
    // In minor units: q·10^-9 × p·10^-12 / (u·10^-9) × 10^minor = q·p / (u·10^(12 - minor)); q·p needs 256 bits.
    var scale: UInt128 = 1
    for _ in 0..<(Price.scale - currency.minorDigits) { scale *= 10 }
    let (divisor, overflow) = unitSize.units.magnitude.multipliedReportingOverflow(by: scale)
    guard !overflow else { throw .overflow }
    guard
      let (quotient, remainder) = WideInteger.divide(
        quantity.units.magnitude, times: price.units.magnitude, by: divisor)
    else { throw .overflow }
    let (rounded, isTooLarge) = quotient.addingReportingOverflow(remainder >= divisor - remainder ? 1 : 0)
    guard !isTooLarge, let magnitude = Int128(exactly: rounded) else { throw .overflow }
    let isNegative = (quantity.units < 0) != (price.units < 0)
    self.init(minorUnits: isNegative ? -magnitude : magnitude, currency: currency)
  }
}
