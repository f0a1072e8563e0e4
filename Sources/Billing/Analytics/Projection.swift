/// What a period is going to cost if it goes on as it began.
public enum Projection {
  /// Usage cost so far / elapsed days × days in the period + base fee, rounded once, at the end, half away from zero.
  ///
  /// It is a straight line through the cost and no more: what is paid for a level (`max`, `last`) is drawn out like what
  /// adds up, and a quota that is used up, or a tier that is reached, goes on as the average of the days so far.
  ///
  /// - Throws: `currencyMismatch`, `overflow`.
  public static func cost(
    usage: Amount, over progress: PeriodProgress, baseFee: Amount
  ) throws(MoneyError) -> Amount {
    let scaled = WideInteger(usage.minorUnits, times: Int128(progress.period.days))
    guard let minorUnits = scaled.dividedRounding(by: UInt128(progress.elapsedDays)) else { throw .overflow }
    return try Amount(minorUnits: minorUnits, currency: usage.currency).adding(baseFee)
  }
}
