/// The rule for identifiers of others: so many characters (Unicode scalars), none of them a control character.
enum TextRule {
  /// Whether UTF-8 `text` has 1 to `maximum` characters and no control character (`General_Category = Cc`).
  @inline(__always)
  static func allows(_ text: Span<UInt8>, maximum: Int) -> Bool {
    var characters = 0
    var previous: UInt8 = 0
    for index in text.indices {
      let byte = text[index]
      if byte < 0x20 || byte == 0x7F { return false }
      if byte & 0xC0 == 0x80 {
        // C1, U+0080 to U+009F: C2 80 to C2 9F.
        if previous == 0xC2, byte <= 0x9F { return false }
      } else {
        characters += 1
      }
      previous = byte
    }
    return characters >= 1 && characters <= maximum
  }

  /// Whether UTF-8 `text` has at most `maximum` characters and no zero character, which the database cannot keep.
  static func allowsFreeText(_ text: Span<UInt8>, maximum: Int) -> Bool {
    var characters = 0
    for index in text.indices {
      if text[index] == 0 { return false }
      if text[index] & 0xC0 != 0x80 { characters += 1 }
    }
    return characters <= maximum
  }
}
