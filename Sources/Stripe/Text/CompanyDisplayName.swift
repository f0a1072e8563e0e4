/// What an operator calls a company. It goes to Stripe as the customer's name, which stands on its invoices, and nowhere
/// else. 1 to 200 characters, no control characters.
public struct CompanyDisplayName: Hashable, Sendable {
  let text: String

  /// `nil` when the text breaks the rule above.
  public init?(_ text: String) {
    guard (1...200).contains(text.unicodeScalars.count),
      !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { return nil }
    self.text = text
  }
}
