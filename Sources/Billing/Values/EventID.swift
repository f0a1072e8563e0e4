/// The sender's name of one order event, in 16 bytes: what decides between two events of one instant.
///
/// The name itself is another's text, in which anything may stand, and is kept nowhere. A UUID is kept as its value, so
/// that ids which rise with time (version 7) keep their order; of any other text a keyed digest stands for it.
public struct EventID: Hashable, Sendable, Comparable {
  /// The first eight bytes, in network order.
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The value of a UUID as RFC 9562 writes it, in either case; `nil` for other text.
  public init?(uuid text: Span<UInt8>) {
    guard text.count == 36 else { return nil }
    var value: UInt128 = 0
    for index in text.indices {
      if [8, 13, 18, 23].contains(index) {
        guard text[index] == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = Self.hexDigit(text[index]) else { return nil }
      value = value << 4 | UInt128(digit)
    }
    high = UInt64(truncatingIfNeeded: value >> 64)
    low = UInt64(truncatingIfNeeded: value)
  }

  /// The first 16 bytes of a digest; `nil` when it has fewer.
  public init?(digest: [UInt8]) {
    guard digest.count >= 16 else { return nil }
    high = digest[..<8].reduce(0) { $0 << 8 | UInt64($1) }
    low = digest[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
  }

  public static func < (left: EventID, right: EventID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
