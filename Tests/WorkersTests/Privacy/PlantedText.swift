import JSON

/// Ways to write a text.
enum PlantedText {
  /// A JSON string.
  static func json(_ text: String) -> String {
    var json = JSONWriter()
    json.string(text)
    return json.text
  }

  /// A JSON string that has an escape for every character.
  static func escaped(_ text: String) -> String {
    let units = text.utf16.map { unit in
      let digits = String(unit, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
    return "\"\(units.joined())\""
  }

  static func base64(_ text: String, urlSafe: Bool = false) -> String {
    let alphabet = Array((letters + (urlSafe ? "-_" : "+/")).utf8)
    let bytes = Array(text.utf8)
    var encoded: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      var digits: [UInt8] = []
      for _ in 0..<4 {
        digits.insert(alphabet[bits & 63], at: 0)
        bits >>= 6
      }
      encoded += digits.prefix(group.count + 1)
      if !urlSafe { encoded += Array(repeating: UInt8(ascii: "="), count: 3 - group.count) }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  static func hexadecimal(_ text: String) -> String {
    text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func percentEncoded(_ text: String) -> String {
    text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
  }

  static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
}
