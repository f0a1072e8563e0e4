/// What the ledger has in place of an order, a patient or a charge: a random number, which says nothing of whom it stands
/// for, and nothing at all once the row that leads to it is deleted.
public struct Surrogate: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The first eight bytes, in network order.
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A new one, in the form of a random UUID (RFC 9562, version 4).
  public static func random(using random: inout some RandomNumberGenerator) -> Surrogate {
    Surrogate(
      high: UInt64.random(in: .min ... .max, using: &random) & ~0xF000 | 0x4000,
      low: UInt64.random(in: .min ... .max, using: &random) & ~(0xC0 << 56) | 0x80 << 56)
  }

  /// As UUIDs are written, in small letters.
  public var description: String {
    var text = ""
    text.reserveCapacity(36)
    for position in 0..<32 {
      if [8, 12, 16, 20].contains(position) { text.append("-") }
      let word = position < 16 ? high : low
      text.append(Self.digits[Int(truncatingIfNeeded: word >> UInt64(60 - position % 16 * 4) & 0xF)])
    }
    return text
  }

  public static func < (left: Surrogate, right: Surrogate) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  private static let digits = Array("0123456789abcdef")
}
