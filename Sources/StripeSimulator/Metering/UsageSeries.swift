/// A customer's usage by a meter, minute by minute.
struct UsageSeries: Sendable {
  private struct Minute: Sendable {
    /// Since 1970.
    let minute: Int
    var sum = Decimal.zero
    var count = 0
    /// The newest by its time; of two, the one that arrived last.
    var last = Decimal.zero
    var lastTime = Int.min
  }

  private var minutes: [Minute] = []

  static func minute(_ time: Int) -> Int { time >= 0 ? time / 60 : (time - 59) / 60 }

  mutating func add(_ value: Decimal, at time: Int) {
    let minute = Self.minute(time)
    let place = place(of: minute)
    if place == minutes.count || minutes[place].minute != minute {
      minutes.insert(Minute(minute: minute), at: place)
    }
    minutes[place].sum += value
    minutes[place].count += 1
    if time >= minutes[place].lastTime { (minutes[place].last, minutes[place].lastTime) = (value, time) }
  }

  /// Takes a whole minute away.
  mutating func remove(minuteOf time: Int) {
    let place = place(of: Self.minute(time))
    guard place < minutes.count, minutes[place].minute == Self.minute(time) else { return }
    minutes.remove(at: place)
  }

  /// - Parameter end: not included. Both are taken to the minute that they lie in.
  func total(_ formula: Meter.Formula, from start: Int, to end: Int) -> Decimal {
    let range = minutes[place(of: Self.minute(start))..<max(place(of: Self.minute(end)), place(of: Self.minute(start)))]
    return switch formula {
    case .sum: range.reduce(.zero) { $0 + $1.sum }
    case .count: Decimal(range.reduce(0) { $0 + $1.count })
    case .last: range.last?.last ?? .zero
    }
  }

  /// Begins of windows of that length that have usage, in order.
  func windows(of seconds: Int, from start: Int, to end: Int) -> [Int] {
    var starts: [Int] = []
    for minute in minutes[place(of: Self.minute(start))...] {
      guard minute.minute < Self.minute(end) else { break }
      let window = minute.minute * 60 / seconds * seconds
      if starts.last != window { starts.append(window) }
    }
    return starts
  }

  /// The first place that is not before a minute.
  private func place(of minute: Int) -> Int {
    // Usage comes mostly in the order of time.
    if let last = minutes.last, last.minute < minute { return minutes.count }
    var (low, high) = (0, minutes.count)
    while low < high {
      let middle = (low + high) / 2
      if minutes[middle].minute < minute { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
