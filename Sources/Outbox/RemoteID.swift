import PostgreSQL

/// A name that Stripe gave: of a customer, an invoice item, an invoice, a request.
///
/// A prefix and up to 255 characters: 1 to 260 of `[A-Za-z0-9_-]`. What it begins with is not checked here.
public struct RemoteID: Hashable, Sendable, CustomStringConvertible {
  public let text: String

  /// `nil` when the text breaks the rule above.
  public init?(_ text: String) {
    guard (1...260).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
    self.text = text
  }

  public var description: String { text }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

extension RemoteID: PostgreSQLConvertible {
  public var postgreSQLValue: String { text }
  public init(postgreSQLValue text: String) throws(PostgreSQLError) {
    guard let id = RemoteID(text) else { throw PostgreSQLError(.decoding, "a stored value is not a reference") }
    self = id
  }
}
