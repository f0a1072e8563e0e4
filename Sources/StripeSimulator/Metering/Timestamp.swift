/// Times of the v2 interface: RFC 3339.
enum Timestamp {
  /// In UTC, with milliseconds.
  static func text(_ microseconds: Int64) -> String {
    let (days, rest) = floored(microseconds, 86_400_000_000)
    let (year, month, day) = date(days)
    let milliseconds = Int(rest / 1000)
    let time = [milliseconds / 3_600_000, milliseconds / 60_000 % 60, milliseconds / 1000 % 60].map { padded($0, 2) }
    return
      "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(time.joined(separator: ":")).\(padded(milliseconds % 1000, 3))Z"
  }

  /// Microseconds since 1970; `nil` for anything else.
  static func read(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    func number(_ start: Int, _ count: Int) -> Int? {
      guard start + count <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[start..<(start + count)] {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
      }
      return value
    }
    guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
      let minute = number(14, 2), let second = number(17, 2), (1...12).contains(month), hour < 24, minute < 60,
      second < 60, day >= 1, date(days(year, month, day)) == (year, month, day)
    else { return nil }
    var microseconds = Int64(days(year, month, day)) * 86_400_000_000
    microseconds += Int64(hour * 3600 + minute * 60 + second) * 1_000_000
    var place = 19
    if bytes[place] == UInt8(ascii: ".") {
      place += 1
      var unit: Int64 = 100_000
      let first = place
      while place < bytes.count, let digit = number(place, 1) {
        microseconds += Int64(digit) * unit
        (unit, place) = (unit / 10, place + 1)
      }
      guard place > first else { return nil }
    }
    guard place < bytes.count else { return nil }
    if bytes[place] | 0x20 == UInt8(ascii: "z") { return place + 1 == bytes.count ? microseconds : nil }
    guard bytes[place] == UInt8(ascii: "+") || bytes[place] == UInt8(ascii: "-"), place + 6 == bytes.count,
      bytes[place + 3] == UInt8(ascii: ":"), let hours = number(place + 1, 2), let minutes = number(place + 4, 2),
      hours < 24, minutes < 60
    else { return nil }
    let offset = Int64(hours * 60 + minutes) * 60_000_000
    return bytes[place] == UInt8(ascii: "+") ? microseconds - offset : microseconds + offset
  }

  /// Days since 1970 of a day of the Gregorian calendar, by a year that begins in March.
  static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = floored(year, 400)
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  static func date(_ days: some BinaryInteger) -> (year: Int, month: Int, day: Int) {
    let (era, dayOfEra) = floored(Int(days) + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  private static func floored<Number: BinaryInteger>(_ value: Number, _ unit: Number) -> (Number, Number) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: unit)
    return remainder < 0 ? (quotient - 1, remainder + unit) : (quotient, remainder)
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
