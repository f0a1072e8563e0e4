/// An exact decimal number: `unscaled × 10^-scale`. 1.50 is `unscaled: 150, scale: 2`.
///
/// Equality is that of numbers (1.5 equals 1.50). The server's `numeric` reaches further; what does not fit 127 bits is
/// refused when it is read, as are NaN and the infinities.
public struct Numeric: Hashable, Sendable, CustomStringConvertible {
  public let unscaled: Int128
  /// Digits after the point, 0 to 255.
  public let scale: Int

  /// The most digits after the point.
  public static let greatestScale = 255

  /// - Precondition: `scale` is 0 to 255. It is chosen by code, never read from a message.
  public init(unscaled: Int128, scale: Int = 0) {
    precondition(scale >= 0 && scale <= Self.greatestScale, "a numeric's scale is 0 to 255")
    self.unscaled = unscaled
    self.scale = scale
  }

  /// Reads `-12.50`; nil for anything but digits with at most one sign and point, and for what does not fit.
  public init?(_ text: some StringProtocol) {
    var value: Int128 = 0
    var scale = 0
    var hasPoint = false
    var digits = 0
    let isNegative = text.utf8.first == UInt8(ascii: "-")
    for byte in text.utf8.dropFirst(isNegative ? 1 : 0) {
      if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
        continue
      }
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      let digit = Int128(byte - UInt8(ascii: "0"))
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, sumOverflow) = product.addingReportingOverflow(isNegative ? -digit : digit)
      if overflow || sumOverflow { return nil }
      value = sum
      digits += 1
      if hasPoint { scale += 1 }
    }
    guard digits > 0, scale <= Self.greatestScale else { return nil }
    unscaled = value
    self.scale = scale
  }

  /// Decimal digits with exactly `scale` of them after the point, never an exponent.
  public var description: String {
    let digits = String(unscaled.magnitude)
    let sign = unscaled < 0 ? "-" : ""
    if scale == 0 { return sign + digits }
    let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
    return "\(sign)\(padded.dropLast(scale)).\(padded.suffix(scale))"
  }

  /// The same number with no zero at the end of its fraction.
  public var normalized: Numeric {
    var value = unscaled
    var digits = scale
    while digits > 0 {
      let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
      if remainder != 0 { break }
      value = quotient
      digits -= 1
    }
    return Numeric(unscaled: value, scale: digits)
  }

  public static func == (left: Numeric, right: Numeric) -> Bool {
    if left.scale == right.scale { return left.unscaled == right.unscaled }
    let (left, right) = (left.normalized, right.normalized)
    return left.scale == right.scale && left.unscaled == right.unscaled
  }

  public func hash(into hasher: inout Hasher) {
    let value = normalized
    hasher.combine(value.unscaled)
    hasher.combine(value.scale)
  }
}
