/// `billing_cycle_anchor_config`: the wish that an anchor was computed from.
struct AnchorConfig: Sendable {
  let dayOfMonth: Int
  let month: Int?
  let hour: Int?
  let minute: Int?
  let second: Int?

  /// The next such time after `now`; hour, minute and second are those of `now` where they were not given.
  func next(after now: Int) -> Int {
    var time = CalendarTime(timestamp: now)
    time.secondOfDay =
      (hour ?? time.secondOfDay / 3600) * 3600 + (minute ?? time.secondOfDay / 60 % 60) * 60
      + (second ?? time.secondOfDay % 60)
    let step = month == nil ? 1 : 12
    var months = month.map { $0 - time.month - 12 } ?? 0
    while true {
      let candidate = time.adding(months: months, onDay: dayOfMonth).timestamp
      if candidate > now { return candidate }
      months += step
    }
  }
}
