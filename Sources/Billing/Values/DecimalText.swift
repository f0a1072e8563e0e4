/// Reads a decimal number's digits exactly, never through binary floating point.
///
/// The grammar is JSON's number (RFC 8259, section 6): an optional minus, an integer part without leading zeros, an
/// optional fraction, an optional exponent.
public struct DecimalText: Sendable, Equatable {
  public enum Problem: Error, Sendable, Equatable {
    /// Not a number by JSON's grammar.
    case malformed
    /// More digits after the decimal point than the type keeps, trailing zeros aside.
    case tooManyDecimals
    /// More digits before the decimal point than the type holds.
    case tooLarge
    /// Below zero where that has no meaning.
    case negative
  }

  /// Parses `text` into a whole number of 10^-`scale` units.
  ///
  /// - Parameters:
  ///   - text: the digits, as they stand in the message.
  ///   - scale: how many decimals the result keeps; a value with more significant decimals is refused, not rounded.
  ///   - maximumIntegerDigits: how many digits may stand before the decimal point.
  public static func parse(
    _ text: Span<UInt8>, scale: Int, maximumIntegerDigits: Int
  ) throws(Problem) -> Int128 {
    var position = 0
    var isNegative = false
    if position < text.count, text[position] == UInt8(ascii: "-") {
      isNegative = true
      position += 1
    }
    // Most quantities are short whole numbers; they need no exponent arithmetic.
    let integerStart = position
    while position < text.count, isDigit(text[position]) { position += 1 }
    let integerEnd = position
    guard integerEnd > integerStart else { throw .malformed }
    guard integerEnd - integerStart == 1 || text[integerStart] != UInt8(ascii: "0") else { throw .malformed }
    var fractionStart = position
    var fractionEnd = position
    if position < text.count, text[position] == UInt8(ascii: ".") {
      position += 1
      fractionStart = position
      while position < text.count, isDigit(text[position]) { position += 1 }
      fractionEnd = position
      guard fractionEnd > fractionStart else { throw .malformed }
    }
    let exponent = try exponent(text, at: &position)
    guard position == text.count else { throw .malformed }

    // The value is digits × 10^(exponent - fraction digits). Trailing zeros carry no information.
    while fractionEnd > fractionStart, text[fractionEnd - 1] == UInt8(ascii: "0") { fractionEnd -= 1 }
    var significand: Int128 = 0
    var digits = 0
    var pendingZeros = 0
    func take(_ byte: UInt8) throws(Problem) {
      let digit = Int128(byte &- UInt8(ascii: "0"))
      if digit == 0 {
        if digits > 0 { pendingZeros += 1 }
        return
      }
      digits += 1 + pendingZeros
      guard digits <= 38 else { throw exponent < 0 || fractionEnd > fractionStart ? .tooManyDecimals : .tooLarge }
      for _ in 0...pendingZeros { significand *= 10 }
      pendingZeros = 0
      significand += digit
    }
    for index in integerStart..<integerEnd { try take(text[index]) }
    for index in fractionStart..<fractionEnd { try take(text[index]) }
    guard significand != 0 else { return 0 }

    // significand × 10^power, in units of 10^-scale.
    let power = exponent - (fractionEnd - fractionStart) + pendingZeros
    guard digits + power <= maximumIntegerDigits else { throw .tooLarge }
    guard power + scale >= 0 else { throw .tooManyDecimals }
    var value = significand
    for _ in 0..<(power + scale) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { throw .tooLarge }
      value = product
    }
    return isNegative ? -value : value
  }

  /// An exponent beyond ±10^6 is clamped there: it decides the outcome all the same, and cannot overflow.
  private static func exponent(_ text: Span<UInt8>, at position: inout Int) throws(Problem) -> Int {
    guard position < text.count, text[position] | 0x20 == UInt8(ascii: "e") else { return 0 }
    position += 1
    var isNegative = false
    if position < text.count, text[position] == UInt8(ascii: "-") || text[position] == UInt8(ascii: "+") {
      isNegative = text[position] == UInt8(ascii: "-")
      position += 1
    }
    let start = position
    var value = 0
    while position < text.count, isDigit(text[position]) {
      value = min(value * 10 + Int(text[position] &- UInt8(ascii: "0")), 1_000_000)
      position += 1
    }
    guard position > start else { throw .malformed }
    return isNegative ? -value : value
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// Writes `unscaled` × 10^-`scale` with at least `minimumDecimals` decimals and no further trailing zeros.
  public static func format(_ unscaled: Int128, scale: Int, minimumDecimals: Int = 0) -> String {
    let zero = UInt8(ascii: "0")
    // Nearly all fit, and are written much faster.
    var digits = Array((UInt64(exactly: unscaled.magnitude).map { String($0) } ?? String(unscaled.magnitude)).utf8)
    if digits.count <= scale { digits = Array(repeating: zero, count: scale + 1 - digits.count) + digits }
    let point = digits.count - scale
    var end = digits.count
    while end - point > minimumDecimals, digits[end - 1] == zero { end -= 1 }
    var text: [UInt8] = []
    text.reserveCapacity(end + 2)
    if unscaled < 0 { text.append(UInt8(ascii: "-")) }
    text += digits[..<point]
    if end > point {
      text.append(UInt8(ascii: "."))
      text += digits[point..<end]
    }
    return String(decoding: text, as: UTF8.self)
  }
}
