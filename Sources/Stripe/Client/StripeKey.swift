/// What authorizes requests: the account's secret key, or the token of a meter event session. Printing, interpolating,
/// dumping and reflecting show a placeholder.
public struct StripeKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  let text: String

  /// `nil` when it cannot stand in a header: it is empty or has spaces, control or other than ASCII characters.
  public init?(_ text: String) {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    self.text = text
  }

  public var description: String { "(secret)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
