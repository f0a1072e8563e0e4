/// Takes the server's ISO dates apart.
struct DigitReader {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = text[...].utf8 }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(_ word: String) -> Bool {
    guard rest.starts(with: word.utf8) else { return false }
    rest = rest.dropFirst(word.utf8.count)
    return true
  }

  /// One to nine digits.
  mutating func number() -> Int64? { digits().flatMap { $0.count > 9 ? nil : $0.value } }

  /// Digits after a point, as a whole number of `10^-digits`.
  mutating func fraction(digits wanted: Int) -> Int64? {
    guard let (value, count) = digits(), count <= wanted else { return nil }
    return (count..<wanted).reduce(value) { value, _ in value * 10 }
  }

  /// Days since 1970-01-01 of a `yyyy-mm-dd` of the common era (Howard Hinnant's `days_from_civil`).
  mutating func date() -> Int32? {
    guard let year = number(), skip("-"), let month = number(), skip("-"), let day = number() else { return nil }
    guard year < 6_000_000, (1...12).contains(month), (1...31).contains(day) else { return nil }
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int32(clamping: era * 146_097 + dayOfEra - 719_468)
  }

  private mutating func digits() -> (value: Int64, count: Int)? {
    var value: Int64 = 0
    var count = 0
    while let byte = rest.first, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), count < 18 {
      value = value * 10 + Int64(byte - UInt8(ascii: "0"))
      count += 1
      rest = rest.dropFirst()
    }
    return count == 0 ? nil : (value, count)
  }
}
