/// An exact decimal number with 15 decimals, as usage is summed up in: ±10^23.
struct Decimal: Sendable, Hashable, Comparable {
  static let scale = 15
  /// In units of 10^-15.
  private(set) var units: Int128

  static let zero = Decimal(units: 0)

  init(units: Int128) { self.units = units }

  init(_ whole: Int) { units = Int128(whole) * 1_000_000_000_000_000 }

  /// Digits with an optional sign and at most one point; `nil` for anything else, more than 20 digits before the point or
  /// more than 15 after it.
  init?(_ text: some StringProtocol) {
    var rest = Array(text.utf8)[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest.removeFirst() }
    let parts = rest.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, !whole.isEmpty || parts.count > 1 else { return nil }
    let fraction = parts.count > 1 ? parts[1] : []
    guard whole.count <= 20, fraction.count <= Self.scale, parts.count == 1 || !fraction.isEmpty else { return nil }
    var units: Int128 = 0
    for byte in whole + fraction {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      units = units * 10 + Int128(byte - UInt8(ascii: "0"))
    }
    for _ in fraction.count..<Self.scale { units *= 10 }
    self.units = isNegative ? -units : units
  }

  /// How many decimals it needs.
  var decimals: Int {
    var (rest, count) = (units, Self.scale)
    while count > 0, rest % 10 == 0 { (rest, count) = (rest / 10, count - 1) }
    return count
  }

  static func < (left: Decimal, right: Decimal) -> Bool { left.units < right.units }
  static func + (left: Decimal, right: Decimal) -> Decimal { Decimal(units: left.units + right.units) }
  static func - (left: Decimal, right: Decimal) -> Decimal { Decimal(units: left.units - right.units) }
  static func += (left: inout Decimal, right: Decimal) { left.units += right.units }
}

extension Decimal: CustomStringConvertible {
  /// As short as it can be: `1250`, `-0.5`.
  var description: String {
    var digits = String(units.magnitude)
    if digits.utf8.count <= Self.scale {
      digits = String(repeating: "0", count: Self.scale + 1 - digits.utf8.count) + digits
    }
    let point = digits.index(digits.endIndex, offsetBy: -Self.scale)
    var fraction = digits[point...]
    while fraction.last == "0" { fraction.removeLast() }
    return (units < 0 ? "-" : "") + digits[..<point] + (fraction.isEmpty ? "" : "." + fraction)
  }
}
