import Billing
import Crypto
import PostgreSQL
import Storage

/// One row of the log as it is stored: nothing of it is trusted, since verifying is what it is for.
public struct AuditRow: Sendable, Hashable {
  public let number: Int64
  public let actedAt: Instant
  public let person: String
  public let action: String
  public let company: String?
  /// A JSON object.
  public let facts: String
  public let previousHash: [UInt8]
  public let hash: [UInt8]

  static let columns: StaticString = "number, acted_at, person, action, company_id, facts, previous_hash, hash"

  init(
    number: Int64, actedAt: Instant, person: String, action: String, company: String?, facts: String,
    previousHash: [UInt8]
  ) throws(CryptoError) {
    self.number = number
    self.actedAt = actedAt
    self.person = person
    self.action = action
    self.company = company
    self.facts = facts
    self.previousHash = previousHash
    hash = try SHA256.hash(
      Self.encode(number, actedAt, [person, action, company, facts], previousHash: previousHash))
  }

  /// - Parameter row: of `columns`.
  init(_ row: Row) throws(PostgreSQLError) {
    number = try row.decode(at: 0)
    actedAt = try row.decode(at: 1)
    person = try row.decode(at: 2)
    action = try row.decode(at: 3)
    company = try row.decode(at: 4)
    facts = try row.decode(at: 5)
    previousHash = try row.decode(at: 6)
    hash = try row.decode(at: 7)
  }

  /// The chain's end when the row was its last.
  public var head: AuditHead { AuditHead(number: number, hash: hash) }

  /// Whether the row's hash is that of what it says.
  func isGenuine() throws(CryptoError) -> Bool {
    let encoded = Self.encode(number, actedAt, [person, action, company, facts], previousHash: previousHash)
    return try SHA256.hash(encoded) == hash
  }

  private static let formatName = "usage-billing audit 1\n"

  /// What is hashed: the format's name; the previous hash; number and microseconds since 1970, 8 bytes each, the most
  /// significant first; then person, action, company and facts, each as the number of its UTF-8 bytes in 4 bytes and
  /// those bytes. For no company the number is 2^32 - 1. So no two rows have one encoding.
  private static func encode(
    _ number: Int64, _ actedAt: Instant, _ texts: [String?], previousHash: [UInt8]
  ) -> [UInt8] {
    var bytes = Array(formatName.utf8) + previousHash
    append(UInt64(bitPattern: number), to: &bytes)
    append(UInt64(bitPattern: actedAt.microseconds), to: &bytes)
    for text in texts {
      append(text.map { UInt32(clamping: $0.utf8.count) } ?? .max, to: &bytes)
      bytes += (text ?? "").utf8
    }
    return bytes
  }

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
  }
}
