/// What a base fee comes to for some days of a period.
public enum BaseFee {
  /// Rounded once, half away from zero.
  ///
  /// - Parameter fee: of the whole period.
  public static func amount(_ fee: Amount, days: Int, of period: BillingPeriod) throws(MoneyError) -> Amount {
    let (product, overflow) = fee.minorUnits.multipliedReportingOverflow(by: Int128(days))
    guard !overflow else { throw .overflow }
    let (quotient, remainder) = product.quotientAndRemainder(dividingBy: Int128(period.days))
    let roundsUp = remainder.magnitude * 2 >= UInt128(period.days)
    return Amount(minorUnits: quotient + (roundsUp ? product.signum() : 0), currency: fee.currency)
  }
}
