/// What one unit costs: exact to 12 decimals, in whatever currency the plan has. Never rounded, and no sum of money:
/// only a line's `Amount` is.
public struct Price: Hashable, Sendable, Comparable, CustomStringConvertible {
  public static let scale = 12
  /// Digits that a price may have before the decimal point; with `Quantity`'s bound they keep every product within
  /// 256 bits.
  public static let maximumIntegerDigits = 15

  /// The price in units of 10^-12.
  public let units: Int128

  public init(units: Int128) { self.units = units }

  public static let zero = Price(units: 0)

  /// Reads a decimal number's digits; negative ones too, which the catalog then refuses by name.
  public static func parse(_ text: Span<UInt8>) throws(DecimalText.Problem) -> Price {
    Price(units: try DecimalText.parse(text, scale: scale, maximumIntegerDigits: maximumIntegerDigits))
  }

  /// Reads a decimal written by people or programs; `nil` when it is not one.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard let price = try? Self.parse(bytes.span) else { return nil }
    self = price
  }

  /// The exact decimal with at least two decimals: `0.10`, `0.00001`.
  public var description: String { DecimalText.format(units, scale: Self.scale, minimumDecimals: 2) }

  public static func < (left: Price, right: Price) -> Bool { left.units < right.units }
}
