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
    let digits = Self.digits(uuid.high) + Self.digits(uuid.low)
    var text = ""
    text.reserveCapacity(36)
    for (position, digit) in digits.utf8.enumerated() {
      if [8, 12, 16, 20].contains(position) { text += "-" }
      text.unicodeScalars.append(UnicodeScalar(digit))
    }
    return text
  }

  private static func digits(_ half: UInt64) -> String {
    let digits = String(half, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

extension EntryID: PostgreSQLConvertible {
  public var postgreSQLValue: PostgreSQLUUID { uuid }
  public init(postgreSQLValue uuid: PostgreSQLUUID) { self.uuid = uuid }
}
