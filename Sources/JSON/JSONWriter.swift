/// Writes one JSON document, compact or indented by two spaces.
///
/// Numbers are given as digits and written as they are, so that `800.00` stays `800.00`. The writer minds commas; the
/// caller minds that every object and array begun is ended and every value of an object has its key.
///
///     var json = JSONWriter()
///     json.object {
///       $0.field("companyId", "comp-123")
///       $0.field("cost", number: "800.00")
///     }
public struct JSONWriter: Sendable {
  public enum Style: Sendable {
    /// No space at all: for messages and logs.
    case compact
    /// One member a line: for people.
    case pretty
  }

  /// The document so far, UTF-8.
  public private(set) var bytes: [UInt8] = []
  private let style: Style
  private var depth = 0
  private var isFirst = true
  private var followsKey = false

  public init(_ style: Style = .compact) {
    self.style = style
  }

  /// The document so far as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  public mutating func object<Failure: Error>(
    _ members: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    begin(UInt8(ascii: "{"))
    try members(&self)
    end(UInt8(ascii: "}"))
  }

  public mutating func array<Failure: Error>(
    _ elements: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    begin(UInt8(ascii: "["))
    try elements(&self)
    end(UInt8(ascii: "]"))
  }

  /// The name of the value that is written next.
  public mutating func key(_ name: String) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    if style == .pretty { bytes.append(UInt8(ascii: " ")) }
    followsKey = true
  }

  public mutating func string(_ text: String) {
    separate()
    quote(text)
  }

  /// A number's exact digits. Text that is no number by JSON's grammar (`NaN`, say) is written as a string, so that a
  /// mistake of ours cannot make a document that nobody can read.
  public mutating func number(_ digits: String) {
    separate()
    if Self.isNumber(digits) { bytes.append(contentsOf: digits.utf8) } else { quote(digits) }
  }

  public mutating func number(_ value: Int) {
    separate()
    bytes.append(contentsOf: String(value).utf8)
  }

  public mutating func bool(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  public mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// A tree, numbers digit for digit.
  public mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .number(let digits): number(digits)
    case .string(let text): string(text)
    case .array(let elements): array { for element in elements { $0.value(element) } }
    case .object(let members):
      object {
        for (key, value) in members {
          $0.key(key)
          $0.value(value)
        }
      }
    }
  }

  public mutating func field(_ name: String, _ text: String) {
    key(name)
    string(text)
  }

  public mutating func field(_ name: String, number digits: String) {
    key(name)
    number(digits)
  }

  public mutating func field(_ name: String, _ value: Int) {
    key(name)
    number(value)
  }

  public mutating func field(_ name: String, _ value: Bool) {
    key(name)
    bool(value)
  }

  /// `null` when there is no text.
  public mutating func field(_ name: String, optional text: String?) {
    key(name)
    if let text { string(text) } else { null() }
  }

  private mutating func begin(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    depth += 1
    isFirst = true
  }

  private mutating func end(_ bracket: UInt8) {
    depth -= 1
    if !isFirst { newline() }
    bytes.append(bracket)
    isFirst = false
    followsKey = false
  }

  private mutating func separate() {
    defer { isFirst = false }
    guard !followsKey else {
      followsKey = false
      return
    }
    guard depth > 0 else { return }
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    newline()
  }

  private mutating func newline() {
    guard style == .pretty else { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
  }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\"")])
      case UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\\")])
      case 0x0A: bytes.append(contentsOf: "\\n".utf8)
      case 0x0D: bytes.append(contentsOf: "\\r".utf8)
      case 0x09: bytes.append(contentsOf: "\\t".utf8)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(Self.hexDigit(byte >> 4))
        bytes.append(Self.hexDigit(byte & 0x0F))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  private static func isNumber(_ digits: String) -> Bool {
    var rest = Substring(digits).utf8
    func dropDigits() -> Int {
      let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let whole = dropDigits()
    guard whole == 1 || (whole > 1 && !startsWithZero) else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard dropDigits() > 0 else { return false }
    }
    if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      guard dropDigits() > 0 else { return false }
    }
    return rest.isEmpty
  }
}
