/// How far a billing period has come by the end of one of its days.
public struct PeriodProgress: Hashable, Sendable {
  public let period: BillingPeriod
  /// The last day that is looked at: today, while it goes on.
  public let day: CivilDate

  /// `nil` when the day is not in the period.
  public init?(_ period: BillingPeriod, through day: CivilDate) {
    guard period.contains(day) else { return nil }
    self.period = period
    self.day = day
  }

  /// Whole days in UTC from the period's first to `day`, both counted: 1 on the first, all of them on the last.
  public var elapsedDays: Int { Int(day.daysSinceEpoch - period.start.daysSinceEpoch) + 1 }

  /// How many days of this period and of the one before are compared: as many as have elapsed, but no more than the
  /// former had. So 30 days of March stand against no 28 of February: the first 28 of both do.
  public func comparedDays(with former: BillingPeriod) -> Int { min(elapsedDays, former.days) }
}

extension BillingPeriod {
  /// The day of that number: 1 is the first.
  public func day(_ number: Int) -> CivilDate { start.adding(days: number - 1) }
}
