/// How much was used: exact to 9 decimals, in the metric's unit.
///
/// A message carries 0 or more and less than 10^15; totals and corrections may be larger or negative. The 128-bit count
/// of 10^-9 units holds the sum of 10^14 largest messages, so plain addition cannot overflow in practice.
public struct Quantity: Hashable, Sendable, Comparable, CustomStringConvertible {
  public static let scale = 9
  public static let unitsPerOne: Int128 = 1_000_000_000

  /// The quantity in units of 10^-9.
  public let units: Int128

  public init(units: Int128) { self.units = units }

  public init(_ whole: Int) { units = Int128(whole) * Self.unitsPerOne }

  public static let zero = Quantity(units: 0)

  /// Reads a quantity by the rules of a message: 0 or more, below 10^15, at most 9 decimals.
  public static func parse(_ text: Span<UInt8>) throws(DecimalText.Problem) -> Quantity {
    let units = try DecimalText.parse(text, scale: scale, maximumIntegerDigits: 15)
    guard units >= 0 else { throw .negative }
    return Quantity(units: units)
  }

  /// Reads a decimal written by people or programs, negative ones too; `nil` when it is not one.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard let units = try? DecimalText.parse(bytes.span, scale: Self.scale, maximumIntegerDigits: 29) else {
      return nil
    }
    self.init(units: units)
  }

  /// The shortest exact decimal: `1250`, `1.5`.
  public var description: String { DecimalText.format(units, scale: Self.scale) }

  public static func < (left: Quantity, right: Quantity) -> Bool { left.units < right.units }
  public static func + (left: Quantity, right: Quantity) -> Quantity { Quantity(units: left.units + right.units) }
  public static func - (left: Quantity, right: Quantity) -> Quantity { Quantity(units: left.units - right.units) }
  public static func += (left: inout Quantity, right: Quantity) { left = left + right }
  public static prefix func - (value: Quantity) -> Quantity { Quantity(units: -value.units) }
}
