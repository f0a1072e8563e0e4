/// An exact number: a fraction in lowest terms. Slow, and obviously right; beyond 128 bits it traps.
public struct Ratio: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let numerator: Int128
  /// Above zero.
  public let denominator: Int128

  public static let zero = Ratio(0)

  public init(_ numerator: Int128, over denominator: Int128 = 1) {
    let divisor = Self.greatestDivisor(numerator.magnitude, denominator.magnitude)
    let sign: Int128 = denominator < 0 ? -1 : 1
    self.numerator = sign * numerator / Int128(divisor)
    self.denominator = sign * denominator / Int128(divisor)
  }

  /// `12.5`, `-3`; nil for anything else.
  public init?(_ text: String) {
    var value: Int128 = 0
    var scale: Int128 = 1
    var isFraction = false
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard let first = digits.first, first.isNumber else { return nil }
    for character in digits {
      if character == ".", !isFraction {
        isFraction = true
        continue
      }
      guard character.isASCII, let digit = character.wholeNumberValue else { return nil }
      value = value * 10 + Int128(digit)
      if isFraction { scale *= 10 }
    }
    self.init(text.hasPrefix("-") ? -value : value, over: scale)
  }

  /// The nearest whole number; halves go away from zero.
  public var rounded: Int128 {
    let twice = numerator.magnitude * 2 + denominator.magnitude
    let whole = Int128(twice / (denominator.magnitude * 2))
    return numerator < 0 ? -whole : whole
  }

  /// The least whole number that is not below it.
  public var roundedUp: Int128 {
    let (whole, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
    return rest > 0 ? whole + 1 : whole
  }

  public static func + (left: Ratio, right: Ratio) -> Ratio {
    Ratio(
      left.numerator * right.denominator + right.numerator * left.denominator,
      over: left.denominator * right.denominator)
  }

  public static func - (left: Ratio, right: Ratio) -> Ratio { left + Ratio(-1) * right }

  public static func * (left: Ratio, right: Ratio) -> Ratio {
    Ratio(left.numerator * right.numerator, over: left.denominator * right.denominator)
  }

  public static func / (left: Ratio, right: Ratio) -> Ratio {
    Ratio(left.numerator * right.denominator, over: left.denominator * right.numerator)
  }

  public static func < (left: Ratio, right: Ratio) -> Bool {
    left.numerator * right.denominator < right.numerator * left.denominator
  }

  public var description: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }

  private static func greatestDivisor(_ left: UInt128, _ right: UInt128) -> UInt128 {
    right == 0 ? max(left, 1) : greatestDivisor(right, left % right)
  }
}
