import Billing
import PostgreSQL

/// Names an entry for good, at Stripe too: the identifier of a meter event, the root of an idempotency key. Made before
/// the first attempt and kept for every retry.
///
/// A UUID of version 7 (RFC 9562, section 5.7): milliseconds, then 74 random bits. Ids of one time lie side by side, so
/// that a settled entry is found by its id without an index as large as the history.
public struct EntryID: Hashable, Sendable, CustomStringConvertible {
  let uuid: PostgreSQLUUID

  /// - Parameters:
  ///   - now: only orders ids; it need not be exact.
  ///   - generator: must be unpredictable and seeded apart in each process, as `SystemRandomNumberGenerator` is.
  public init(now: Instant, using generator: inout some RandomNumberGenerator) {
    let milliseconds = UInt64(clamping: now.microseconds / 1000)
    let (first, second): (UInt64, UInt64) = (generator.next(), generator.next())
    uuid = PostgreSQLUUID(
      high: milliseconds << 16 | 0x7000 | first & 0x0FFF, low: 0x8000_0000_0000_0000 | second & 0x3FFF_FFFF_FFFF_FFFF)
  }

  init(_ uuid: PostgreSQLUUID) { self.uuid = uuid }

  /// Reads `8-4-4-4-12` hexadecimal digits in any case; `nil` when the text is not that.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], !text.utf8.contains(UInt8(ascii: "+")),
      let high = UInt64(parts[0] + parts[1] + parts[2], radix: 16), let low = UInt64(parts[3] + parts[4], radix: 16)
    else { return nil }
    uuid = PostgreSQLUUID(high: high, low: low)
  }

  /// In lower case: `01943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d2`.
  public var description: String {
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for position in 0..<32 {
      if Self.isGroup(position) { text.append(UInt8(ascii: "-")) }
      let half = position < 16 ? uuid.high : uuid.low
      let digit = UInt8(truncatingIfNeeded: half >> (60 - 4 * UInt64(position % 16))) & 0x0F
      text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Whether a group after the first begins with the digit of that number.
  private static func isGroup(_ position: Int) -> Bool {
    position == 8 || position == 12 || position == 16 || position == 20
  }
}

extension EntryID: PostgreSQLConvertible {
  public var postgreSQLValue: PostgreSQLUUID { uuid }
  public init(postgreSQLValue uuid: PostgreSQLUUID) { self.uuid = uuid }
}
