/// A day of the calendar, in UTC. Months and years are counted one by one.
public struct Day: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// From 1970-01-01 on.
  public let number: Int

  public init(number: Int) { self.number = number }

  /// The day must be in its month; years from 1970 on.
  public init(_ year: Int, _ month: Int, _ day: Int) {
    var number = day - 1
    for earlier in 1970..<year { number += Self.isLeap(earlier) ? 366 : 365 }
    for earlier in 1..<month { number += Self.length(ofMonth: earlier, in: year) }
    self.number = number
  }

  /// `2028-02-29`.
  public init?(_ text: String) {
    let parts = text.split(separator: "-").map { Int($0) }
    guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2] else { return nil }
    self.init(year, month, day)
  }

  public var components: (year: Int, month: Int, day: Int) {
    var rest = number
    var year = 1970
    while rest >= (Self.isLeap(year) ? 366 : 365) {
      rest -= Self.isLeap(year) ? 366 : 365
      year += 1
    }
    var month = 1
    while rest >= Self.length(ofMonth: month, in: year) {
      rest -= Self.length(ofMonth: month, in: year)
      month += 1
    }
    return (year, month, rest + 1)
  }

  /// At 00:00.
  public var start: Moment { Moment(seconds: number * 86_400) }

  public static func + (day: Day, days: Int) -> Day { Day(number: day.number + days) }
  public static func - (left: Day, right: Day) -> Int { left.number - right.number }
  public static func < (left: Day, right: Day) -> Bool { left.number < right.number }

  public var description: String {
    let (year, month, day) = components
    return "\(year)-\(Self.twoDigits(month))-\(Self.twoDigits(day))"
  }

  /// The first day after this one on which a period begins whose anchor is `anchor`.
  public func next(anchor: Int) -> Day {
    var day = self + 1
    while !day.begins(anchor: anchor) { day = day + 1 }
    return day
  }

  /// The last day, this one included, on which a period begins whose anchor is `anchor`.
  public func latest(anchor: Int) -> Day {
    var day = self
    while !day.begins(anchor: anchor) { day = day + -1 }
    return day
  }

  /// A month that has no such day begins its period on its last one.
  private func begins(anchor: Int) -> Bool {
    let (year, month, day) = components
    return day == min(anchor, Self.length(ofMonth: month, in: year))
  }

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func length(ofMonth month: Int, in year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
