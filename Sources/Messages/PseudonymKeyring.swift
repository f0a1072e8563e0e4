/// The secret keys under which people's identifiers become pseudonyms; immutable, shared by all lanes.
///
/// Nothing shows the keys: neither `description` nor `dump` nor a debugger's mirror.
public struct PseudonymKeyring: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// A rule that the text breaks. It never holds any of the text.
  public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    public let rule: String
    /// Which of the comma-separated keys, from 1.
    public let position: Int

    public var description: String { "key \(position): \(rule)" }
  }

  struct Key: Sendable {
    let id: UInt8
    let secret: [UInt8]
  }

  public static let minimumKeyBytes = 32
  public static let maximumKeyBytes = 1024

  let newest: Key
  /// As they stand in the text.
  let older: [Key]

  /// Reads `1:<hex>[,2:<hex>…]`: ids from 1 to 255, each once; keys of 32 to 1024 bytes. The first is the newest:
  /// new pseudonyms are made with it, and look-ups try all. So a key can be made known to every replica, behind the one in
  /// use, before the first replica uses it: no replica ever meets a pseudonym that it cannot connect.
  public init(_ text: String) throws(Problem) {
    var keys: [Key] = []
    for (index, part) in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).enumerated() {
      let key: Key
      do throws(Rule) {
        key = try Self.key(part)
        if keys.contains(where: { $0.id == key.id }) { throw Rule(text: "its id stands there twice") }
      } catch {
        throw Problem(rule: error.text, position: index + 1)
      }
      keys.append(key)
    }
    guard let newest = keys.first else { throw Problem(rule: "must be there", position: 1) }
    self.newest = newest
    older = Array(keys.dropFirst())
  }

  /// How many keys there are.
  public var count: Int { 1 + older.count }

  /// The id of the key that new pseudonyms are made with.
  public var newestKeyID: UInt8 { newest.id }

  public var description: String { "PseudonymKeyring(\(count) keys, newest \(newestKeyID))" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }

  private struct Rule: Error {
    let text: String
  }

  private static func key(_ text: Substring.UTF8View) throws(Rule) -> Key {
    let halves = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard halves.count == 2 else { throw Rule(text: "must be an id, a colon and hexadecimal digits") }
    guard let id = id(halves[0]) else { throw Rule(text: "its id must be a number from 1 to 255") }
    guard halves[1].count.isMultiple(of: 2), let secret = bytes(halves[1]) else {
      throw Rule(text: "must have an even number of hexadecimal digits and nothing else after the colon")
    }
    guard (minimumKeyBytes...maximumKeyBytes).contains(secret.count) else {
      throw Rule(text: "must be \(minimumKeyBytes) to \(maximumKeyBytes) bytes, two hexadecimal digits each")
    }
    return Key(id: id, secret: secret)
  }

  private static func id(_ text: Substring.UTF8View) -> UInt8? {
    guard (1...3).contains(text.count), text.first != UInt8(ascii: "0") else { return nil }
    var value = 0
    for byte in text {
      guard let digit = hexDigit(byte), digit <= 9 else { return nil }
      value = value * 10 + Int(digit)
    }
    return UInt8(exactly: value)
  }

  private static func bytes(_ hex: Substring.UTF8View) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for byte in hex {
      guard let digit = hexDigit(byte) else { return nil }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return bytes
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
