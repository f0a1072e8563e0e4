/// The end of a chain: how many rows it has and the last one's hash. Kept elsewhere, it proves later that none of these
/// rows was changed or taken away.
///
/// As text `N:HASH`, with 64 hexadecimal digits: `128:9f86d0…`.
public struct AuditHead: Hashable, Sendable, CustomStringConvertible {
  static let hashSize = 32

  /// Of a log without rows.
  static let empty = AuditHead(number: 0, hash: [UInt8](repeating: 0, count: hashSize))

  public let number: Int64
  /// 32 bytes.
  public let hash: [UInt8]

  init(number: Int64, hash: [UInt8]) {
    self.number = number
    self.hash = hash
  }

  /// `nil` when the text is not `N:HASH`.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Array($0.utf8) }
    guard parts.count == 2, let number = Self.number(parts[0]), parts[1].count == 2 * Self.hashSize else { return nil }
    let digits = parts[1].compactMap(Self.digit)
    guard digits.count == parts[1].count else { return nil }
    self.number = number
    hash = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  public var description: String { "\(number):\(Self.hexadecimal(hash))" }

  /// In lower case.
  static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  private static func number(_ digits: [UInt8]) -> Int64? {
    guard digits.allSatisfy({ digit($0).map { $0 < 10 } ?? false }) else { return nil }
    return Int64(String(decoding: digits, as: UTF8.self))
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
