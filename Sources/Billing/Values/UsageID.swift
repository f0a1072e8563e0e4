/// The publisher's name of one counted fact: what makes counting once possible.
///
/// 1 to 128 characters (Unicode scalars), no control characters. Two identifiers are the same exactly when their UTF-8
/// bytes are: Swift's `String` equality also joins canonically equivalent spellings, which the database's key keeps
/// apart, and a batch that merged them would lose usage.
public struct UsageID: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let text: String

  /// Trusts the text: for identifiers read back from the ledger or made by this product.
  public init(trusted text: String) { self.text = text }

  /// `nil` when the text breaks the length or character rule; reserved prefixes are a rule of messages, not of ids.
  public init?(_ text: String) {
    var count = 0
    for scalar in text.unicodeScalars {
      count += 1
      if count > 128 || Self.isControl(scalar) { return nil }
    }
    guard count > 0 else { return nil }
    self.text = text
  }

  public var description: String { text }

  /// Prefixes of identifiers that the product itself makes; bad in a usage message.
  public static let reservedPrefixes = ["order:", "activation:", "charge:", "void:"]

  public var isReserved: Bool {
    Self.reservedPrefixes.contains { text.utf8.starts(with: $0.utf8) }
  }

  /// The identifier of the record that takes this one back.
  public var voiding: UsageID { UsageID(trusted: "void:" + text) }

  public static func == (left: UsageID, right: UsageID) -> Bool { left.compare(right) == 0 }

  public static func < (left: UsageID, right: UsageID) -> Bool { left.compare(right) < 0 }

  public func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  private func compare(_ other: UsageID) -> Int {
    var left = text
    var right = other.text
    return left.withUTF8 { left in
      right.withUTF8 { right in
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
          return left[index] < right[index] ? -1 : 1
        }
        return left.count - right.count
      }
    }
  }

  /// C0, DEL and C1: `General_Category = Cc`.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
  }
}
