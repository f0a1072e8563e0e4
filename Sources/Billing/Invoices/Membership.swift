/// From which day to which a company owes its plan's base fee.
public struct Membership: Hashable, Sendable {
  /// The first day; `nil`: as long as it has billing periods.
  public let joined: CivilDate?
  /// The first day that it no longer is; `nil`: it stays.
  public let left: CivilDate?

  public init(joined: CivilDate? = nil, left: CivilDate? = nil) {
    self.joined = joined
    self.left = left
  }

  /// How many days of a period the fee is for: 0 to all.
  public func days(of period: BillingPeriod) -> Int {
    let first = max(period.start, joined ?? period.start)
    let end = min(period.end, left ?? period.end)
    return max(0, Int(end.daysSinceEpoch - first.daysSinceEpoch))
  }

  /// The part of a period's whole fee, by days, rounded once: half away from zero.
  public func share(of fee: Amount, in period: BillingPeriod) throws(MoneyError) -> Amount {
    let (product, overflow) = fee.minorUnits.multipliedReportingOverflow(by: Int128(days(of: period)))
    guard !overflow else { throw .overflow }
    let (quotient, remainder) = product.quotientAndRemainder(dividingBy: Int128(period.days))
    let roundsUp = remainder.magnitude * 2 >= UInt128(period.days)
    return Amount(minorUnits: quotient + (roundsUp ? product.signum() : 0), currency: fee.currency)
  }
}
