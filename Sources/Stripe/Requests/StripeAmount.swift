import Billing

/// Sums of money as Stripe counts them, whose minor unit is not ISO 4217's in a few currencies.
enum StripeAmount {
  /// `nil` when Stripe's minor unit is too coarse for the amount, or it does not fit.
  static func minorUnits(_ amount: Amount) -> Int64? {
    minorUnits(amount.minorUnits, amount.currency)
  }

  static func minorUnits(_ minorUnits: Int128, _ currency: Currency) -> Int64? {
    var units = minorUnits
    for _ in 0..<max(currency.stripeMinorDigits - currency.minorDigits, 0) {
      let (scaled, overflow) = units.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      units = scaled
    }
    for _ in 0..<max(currency.minorDigits - currency.stripeMinorDigits, 0) {
      guard units % 10 == 0 else { return nil }
      units /= 10
    }
    return Int64(exactly: units)
  }
}
