/// Where the billing periods of a subscription begin and end: the anchor, and every so many intervals before and after
/// it.
///
/// An anchor on the 31st stands for the last day of shorter months, without wandering: 31 January, 28 February,
/// 31 March.
struct BillingCycle: Hashable, Sendable {
  /// Seconds since 1970.
  var anchor: Int
  var interval: BillingInterval
  var count: Int
  /// The day of the month that `billing_cycle_anchor_config` asks for; `nil` for the anchor's own.
  var dayOfMonth: Int?

  /// The boundary that lies `index` periods after the anchor (before it, where negative).
  func boundary(_ index: Int) -> Int {
    switch interval {
    case .day: anchor + index * count * CalendarTime.secondsPerDay
    case .week: anchor + index * count * CalendarTime.secondsPerDay * 7
    case .month: boundary(monthsAfterAnchor: index * count)
    case .year: boundary(monthsAfterAnchor: index * count * 12)
    }
  }

  /// The index of the last boundary that is not after `time`.
  func index(notAfter time: Int) -> Int {
    // An estimate by the average length; months of 28 to 31 days leave it at most a step or two away.
    var index = (time - anchor) / (averageSeconds * count)
    while boundary(index) > time { index -= 1 }
    while boundary(index + 1) <= time { index += 1 }
    return index
  }

  /// The first boundary after `time`.
  func nextBoundary(after time: Int) -> Int { boundary(index(notAfter: time) + 1) }

  /// The whole period that contains `time`.
  func period(containing time: Int) -> TimeSpan {
    let index = index(notAfter: time)
    return TimeSpan(start: boundary(index), end: boundary(index + 1))
  }

  /// `span` cut at the boundaries, in order.
  func periods(in span: TimeSpan) -> [TimeSpan] {
    var periods: [TimeSpan] = []
    var start = span.start
    while start < span.end {
      let end = min(nextBoundary(after: start), span.end)
      periods.append(TimeSpan(start: start, end: end))
      start = end
    }
    return periods
  }

  /// A cycle of the same length that begins at `time`.
  func anchored(at time: Int) -> BillingCycle {
    BillingCycle(anchor: time, interval: interval, count: count)
  }

  private func boundary(monthsAfterAnchor months: Int) -> Int {
    let start = CalendarTime(timestamp: anchor)
    return start.adding(months: months, onDay: dayOfMonth ?? start.day).timestamp
  }

  private var averageSeconds: Int {
    switch interval {
    case .day: CalendarTime.secondsPerDay
    case .week: CalendarTime.secondsPerDay * 7
    case .month: 2_629_746
    case .year: 31_556_952
    }
  }
}
