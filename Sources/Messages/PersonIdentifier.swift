/// The rule for identifiers of people, orders and patients, as messages carry them.
public enum PersonIdentifier {
  /// 1 to 256 characters of UTF-8, none a control character.
  public static func isValid(_ text: Span<UInt8>) -> Bool { TextRule.allows(text, maximum: 256) }
}
