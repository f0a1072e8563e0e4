/// Who is billed: an organisation, an office, a laboratory.
///
/// 1 to 128 characters of `[A-Za-z0-9._:-]`, so that it can stand in a routing key, a log line and a Stripe metadata
/// field as it is.
public struct CompanyID: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let text: String

  /// `nil` when the text breaks the rule above.
  public init?(_ text: String) {
    guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
    self.text = text
  }

  public var description: String { text }

  /// By bytes, as the database's `C` collation orders them: replicas must lock rows in one order.
  public static func < (left: CompanyID, right: CompanyID) -> Bool { left.text < right.text }

  /// Whether a character, as its byte, may stand in an id.
  public static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "-"): true
    default: false
    }
  }
}
