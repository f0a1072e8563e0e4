/// The publisher's name of a one-off charge: a company is charged once for it, ever.
///
/// 1 to 128 characters of `[A-Za-z0-9._:-]`: it stands on invoices and in Stripe's metadata, so that it has no room for
/// sentences, and none for an address or a name as people write them.
public struct ChargeID: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let text: String

  /// `nil` when the text breaks the rule above.
  public init?(_ text: String) {
    guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(CompanyID.isAllowed) else { return nil }
    self.text = text
  }

  public var description: String { text }

  public static func < (left: ChargeID, right: ChargeID) -> Bool { left.text < right.text }
}
