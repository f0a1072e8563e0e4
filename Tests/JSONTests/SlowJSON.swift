/// A second reading of RFC 8259, byte by byte and as plain as can be, to hold the fast one against.
struct SlowJSON {
  private let bytes: [UInt8]
  private var position = 0

  /// Whether `bytes` is one JSON document, nested at most 64 deep.
  static func accepts(_ bytes: [UInt8]) -> Bool {
    guard String(validating: bytes, as: UTF8.self) != nil else { return false }
    var parser = SlowJSON(bytes: bytes)
    parser.skipSpace()
    guard parser.value(depth: 0) else { return false }
    parser.skipSpace()
    return parser.position == bytes.count
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var current: Character? {
    position < bytes.count ? Character(Unicode.Scalar(bytes[position])) : nil
  }

  private mutating func take(_ character: Character) -> Bool {
    guard current == character else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private mutating func word(_ word: String) -> Bool {
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func value(depth: Int) -> Bool {
    switch current {
    case "{": return members(close: "}", depth: depth + 1)
    case "[": return members(close: "]", depth: depth + 1)
    case "\"": return string()
    case "t": return word("true")
    case "f": return word("false")
    case "n": return word("null")
    default: return number()
    }
  }

  private mutating func members(close: Character, depth: Int) -> Bool {
    guard depth <= 64 else { return false }
    position += 1
    skipSpace()
    if take(close) { return true }
    while true {
      skipSpace()
      if close == "}" {
        guard string() else { return false }
        skipSpace()
        guard take(":") else { return false }
        skipSpace()
      }
      guard value(depth: depth) else { return false }
      skipSpace()
      if take(close) { return true }
      guard take(",") else { return false }
    }
  }

  private mutating func string() -> Bool {
    guard take("\"") else { return false }
    while position < bytes.count {
      if take("\"") { return true }
      guard bytes[position] >= 0x20 else { return false }
      guard take("\\") else {
        position += 1
        continue
      }
      if take("u") {
        for _ in 0..<4 {
          guard let digit = current, digit.isASCII, digit.isHexDigit else { return false }
          position += 1
        }
      } else {
        guard let letter = current, "\"\\/bfnrt".contains(letter) else { return false }
        position += 1
      }
    }
    return false
  }

  private mutating func digits() -> Int {
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    return position - start
  }

  private mutating func number() -> Bool {
    _ = take("-")
    if !take("0") {
      guard digits() > 0 else { return false }
    }
    if take(".") {
      guard digits() > 0 else { return false }
    }
    if take("e") || take("E") {
      _ = take("+") || take("-")
      guard digits() > 0 else { return false }
    }
    return true
  }
}
