/// A day of the proleptic Gregorian calendar, in UTC.
///
/// Conversion follows the usual day-count formulas over a 400-year cycle that begins on 1 March, which puts the leap
/// day at a year's end.
public struct CivilDate: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Days since 1970-01-01.
  public let daysSinceEpoch: Int32

  public init(daysSinceEpoch: Int32) { self.daysSinceEpoch = daysSinceEpoch }

  /// `nil` when there is no such day, 2025-02-30 say, or the year is outside 1 to 9999.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month),
      (1...Self.daysInMonth(year: year, month: month)).contains(day)
    else { return nil }
    self.init(validYear: year, month: month, day: day)
  }

  init(validYear year: Int, month: Int, day: Int) {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    daysSinceEpoch = Int32(era * 146_097 + dayOfEra - 719_468)
  }

  public var components: (year: Int, month: Int, day: Int) {
    let shifted = Int(daysSinceEpoch) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  public static func isLeap(_ year: Int) -> Bool {
    year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
  }

  public static func daysInMonth(year: Int, month: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The first day of this day's month.
  public var firstOfMonth: CivilDate {
    CivilDate(daysSinceEpoch: daysSinceEpoch - Int32(components.day - 1))
  }

  /// The first day of the month after this day's.
  public var firstOfNextMonth: CivilDate {
    let (year, month, _) = components
    return month == 12
      ? CivilDate(validYear: year + 1, month: 1, day: 1) : CivilDate(validYear: year, month: month + 1, day: 1)
  }

  /// The instant at which this day begins in UTC.
  public var start: Instant { Instant(microseconds: Int64(daysSinceEpoch) * Instant.microsecondsPerDay) }

  public func adding(days: Int) -> CivilDate { CivilDate(daysSinceEpoch: daysSinceEpoch + Int32(days)) }

  /// Reads `YYYY-MM-DD`; `nil` when it is not that or there is no such day.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard let (date, end) = CivilDate.read(bytes.span), end == bytes.count else { return nil }
    self = date
  }

  /// Reads `YYYY-MM-DD` at the front of `text`.
  static func read(_ text: Span<UInt8>) -> (CivilDate, end: Int)? {
    guard text.count >= 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      let year = text.digits(from: 0, count: 4), let month = text.digits(from: 5, count: 2),
      let day = text.digits(from: 8, count: 2), let date = CivilDate(year: year, month: month, day: day)
    else { return nil }
    return (date, 10)
  }

  /// `YYYY-MM-DD`.
  public var description: String {
    let (year, month, day) = components
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }

  public static func < (left: CivilDate, right: CivilDate) -> Bool { left.daysSinceEpoch < right.daysSinceEpoch }
}

extension Span<UInt8> {
  /// The value of `count` ASCII digits that begin at `start`; `nil` when one of them is none.
  func digits(from start: Int, count: Int) -> Int? {
    guard start + count <= self.count else { return nil }
    var value = 0
    for index in start..<(start + count) {
      let digit = self[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }
}

func padded(_ value: Int, _ width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
