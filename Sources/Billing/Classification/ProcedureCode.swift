/// A procedure's code: CPT (`74177`, category III `0633T`) or HCPCS level II (`G0219`).
///
/// A value without text: what a message has in a code's place is either a code or nothing.
public struct ProcedureCode: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Where the code's letter is, if it has one. Codes of different series have no order that means anything, so that no
  /// range goes from one to another.
  enum Series: Hashable, Sendable, Comparable {
    case digits
    case leading(UInt8)
    case trailing(UInt8)
  }

  let series: Series
  /// The code's digits: up to 99999, or 9999 beside a letter.
  let number: Int

  /// Reads a code in either case, with white space around it and with modifiers after it: `" 74177-26 "`, `g0219`,
  /// `71046 26,LT`. `nil` for anything else.
  public init?(_ text: Span<UInt8>) {
    var start = 0
    while start < text.count, Self.isSpace(text[start]) { start += 1 }
    guard start + 5 <= text.count, Self.areModifiers(text, from: start + 5) else { return nil }
    if let number = text.digits(from: start, count: 5) {
      series = .digits
      self.number = number
    } else if let letter = Self.letter(text[start]), let number = text.digits(from: start + 1, count: 4) {
      series = .leading(letter)
      self.number = number
    } else if let letter = Self.letter(text[start + 4]), let number = text.digits(from: start, count: 4) {
      series = .trailing(letter)
      self.number = number
    } else {
      return nil
    }
  }

  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    self.init(bytes.span)
  }

  /// Five characters, the letter a capital.
  public var description: String {
    switch series {
    case .digits: padded(number, 5)
    case .leading(let letter): String(UnicodeScalar(letter)) + padded(number, 4)
    case .trailing(let letter): padded(number, 4) + String(UnicodeScalar(letter))
    }
  }

  public static func < (left: ProcedureCode, right: ProcedureCode) -> Bool {
    (left.series, left.number) < (right.series, right.number)
  }

  /// Whether nothing follows from `start` on but modifiers: two letters or digits each, after white space or punctuation.
  private static func areModifiers(_ text: Span<UInt8>, from start: Int) -> Bool {
    var position = start
    while position < text.count {
      let separator = position
      while position < text.count, isSeparator(text[position]) { position += 1 }
      if position == text.count { return true }
      guard position > separator, position + 2 <= text.count, isLetterOrDigit(text[position]),
        isLetterOrDigit(text[position + 1])
      else { return false }
      position += 2
    }
    return true
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte) }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    isSpace(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ",")
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    letter(byte) != nil || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// The letter as a capital; `nil` when the byte is none of ASCII's.
  private static func letter(_ byte: UInt8) -> UInt8? {
    let capital = byte & 0xDF
    return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(capital) ? capital : nil
  }
}
