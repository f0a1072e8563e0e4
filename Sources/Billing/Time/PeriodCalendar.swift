/// Where billing periods begin and end. Rows once made are never altered; this says which rows are missing.
public enum PeriodCalendar {
  /// The period of a company that always had this anchor.
  public static func period(containing date: CivilDate, anchor: AnchorDay) -> BillingPeriod {
    let start = latestStart(notAfter: date, anchor: anchor)
    return BillingPeriod(from: start, upTo: nextStart(after: start, anchor: anchor))
  }

  /// The first anchored day after `start`: where a period that begins at `start` ends. When `start` belongs to a former
  /// anchor, this is what makes the one shorter period.
  public static func nextStart(after start: CivilDate, anchor: AnchorDay) -> CivilDate {
    let inMonth = anchored(inMonthOf: start, anchor)
    return inMonth > start ? inMonth : anchored(inMonthOf: start.firstOfNextMonth, anchor)
  }

  /// The rows missing so that `instant` lies in one: contiguous with `existing`, none of which is altered or
  /// overlapped, and in order. Empty when a row contains it already.
  ///
  /// - Parameters:
  ///   - existing: the company's rows, in any order; without overlaps.
  ///   - anchor: the company's anchor as it is now. A row next to one made under another anchor is shorter than a
  ///     month.
  public static func periods(
    covering instant: Instant, extending existing: [BillingPeriod], anchor: AnchorDay
  ) -> [BillingPeriod] {
    let date = instant.date
    guard !existing.contains(where: { $0.contains(date) }) else { return [] }
    let following = existing.lazy.map(\.start).filter { $0 > date }.min()
    if let end = existing.lazy.map(\.end).filter({ $0 <= date }).max() {
      return forwards(from: end, covering: date, upTo: following, anchor: anchor)
    }
    if let following { return backwards(from: following, covering: date, anchor: anchor) }
    return [period(containing: date, anchor: anchor)]
  }

  private static func forwards(
    from first: CivilDate, covering date: CivilDate, upTo limit: CivilDate?, anchor: AnchorDay
  ) -> [BillingPeriod] {
    var periods: [BillingPeriod] = []
    var start = first
    while start <= date {
      let next = nextStart(after: start, anchor: anchor)
      let end = limit.map { min($0, next) } ?? next
      periods.append(BillingPeriod(from: start, upTo: end))
      start = end
    }
    return periods
  }

  private static func backwards(
    from last: CivilDate, covering date: CivilDate, anchor: AnchorDay
  ) -> [BillingPeriod] {
    var periods: [BillingPeriod] = []
    var end = last
    while end > date {
      let start = latestStart(notAfter: end.adding(days: -1), anchor: anchor)
      periods.append(BillingPeriod(from: start, upTo: end))
      end = start
    }
    return periods.reversed()
  }

  private static func latestStart(notAfter date: CivilDate, anchor: AnchorDay) -> CivilDate {
    let inMonth = anchored(inMonthOf: date, anchor)
    return inMonth <= date ? inMonth : anchored(inMonthOf: date.firstOfMonth.adding(days: -1), anchor)
  }

  private static func anchored(inMonthOf date: CivilDate, _ anchor: AnchorDay) -> CivilDate {
    let (year, month, _) = date.components
    let day = min(anchor.day, CivilDate.daysInMonth(year: year, month: month))
    return CivilDate(validYear: year, month: month, day: day)
  }
}
