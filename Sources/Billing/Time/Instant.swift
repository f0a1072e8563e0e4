/// A point in time with PostgreSQL's resolution, microseconds, in UTC.
public struct Instant: Hashable, Sendable, Comparable, CustomStringConvertible {
  public static let microsecondsPerSecond: Int64 = 1_000_000
  public static let microsecondsPerDay: Int64 = 86_400_000_000

  /// Microseconds since 1970-01-01T00:00:00Z.
  public let microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// The day in UTC that contains this instant.
  public var date: CivilDate {
    let days = microseconds / Self.microsecondsPerDay
    return CivilDate(daysSinceEpoch: Int32(microseconds < days * Self.microsecondsPerDay ? days - 1 : days))
  }

  /// The first day of the month in UTC that contains this instant: the ledger's partition and part of its key.
  public var month: CivilDate { date.firstOfMonth }

  public func adding(seconds: Int64) -> Instant {
    Instant(microseconds: microseconds + seconds * Self.microsecondsPerSecond)
  }

  public func adding(days: Int) -> Instant {
    Instant(microseconds: microseconds + Int64(days) * Self.microsecondsPerDay)
  }

  public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

  /// Reads RFC 3339 (section 5.6) with any offset. Digits past the microsecond are cut off, never rounded: rounding up
  /// could move usage into the next period. A leap second (`:60`) counts as the last microsecond before the next minute
  /// (its minute's end), since POSIX time has no name for it.
  public init?(_ text: Span<UInt8>) {
    guard let (date, position) = CivilDate.read(text), position < text.count else { return nil }
    let separator = text[position]
    guard separator | 0x20 == UInt8(ascii: "t") || separator == UInt8(ascii: " "),
      let time = TimeOfDay(text, from: position + 1), let offset = Self.offset(text, from: time.end)
    else { return nil }
    microseconds =
      Int64(date.daysSinceEpoch) * Self.microsecondsPerDay + time.microseconds - Int64(offset) * 60_000_000
  }

  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    self.init(bytes.span)
  }

  /// The offset from UTC in minutes, which must end the text; `nil` when it is malformed.
  private static func offset(_ text: Span<UInt8>, from start: Int) -> Int? {
    guard start < text.count else { return nil }
    if text[start] | 0x20 == UInt8(ascii: "z") { return start + 1 == text.count ? 0 : nil }
    let isWest = text[start] == UInt8(ascii: "-")
    guard isWest || text[start] == UInt8(ascii: "+"), start + 6 == text.count, text[start + 3] == UInt8(ascii: ":"),
      let hours = text.digits(from: start + 1, count: 2), hours <= 23,
      let minutes = text.digits(from: start + 4, count: 2), minutes <= 59
    else { return nil }
    return isWest ? -(hours * 60 + minutes) : hours * 60 + minutes
  }

  /// RFC 3339 in UTC, with as many decimals of a second as are needed: `2025-01-15T12:00:00Z`.
  public var description: String {
    let day = date
    let rest = Int(microseconds - day.start.microseconds)
    let seconds = rest / 1_000_000
    let fraction = rest % 1_000_000
    var text = "\(day)T\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
    if fraction > 0 {
      var digits = padded(fraction, 6)
      while digits.last == "0" { digits.removeLast() }
      text += "." + digits
    }
    return text + "Z"
  }
}

/// `hh:mm:ss[.fraction]` of RFC 3339.
private struct TimeOfDay {
  let microseconds: Int64
  let end: Int

  init?(_ text: Span<UInt8>, from start: Int) {
    guard start + 8 <= text.count, text[start + 2] == UInt8(ascii: ":"), text[start + 5] == UInt8(ascii: ":"),
      let hour = text.digits(from: start, count: 2), hour <= 23,
      let minute = text.digits(from: start + 3, count: 2), minute <= 59,
      let second = text.digits(from: start + 6, count: 2), second <= 60
    else { return nil }
    var position = start + 8
    var fraction: Int64 = 0
    if position < text.count, text[position] == UInt8(ascii: ".") {
      position += 1
      let first = position
      var unit: Int64 = 100_000
      while position < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) {
        fraction += Int64(text[position] &- UInt8(ascii: "0")) * unit
        unit /= 10
        position += 1
      }
      guard position > first else { return nil }
    }
    end = position
    let whole = Int64(hour * 3600 + minute * 60)
    microseconds = second == 60 ? (whole + 60) * 1_000_000 - 1 : (whole + Int64(second)) * 1_000_000 + fraction
  }
}
