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
    try BaseFee.amount(fee, days: days(of: period), of: period)
  }
}
