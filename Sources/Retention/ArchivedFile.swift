import Billing
import PostgreSQL
import Storage

/// What is remembered of a file that a month was archived to.
public struct ArchivedFile: Sendable, Hashable {
  public let month: CivilDate
  /// Without the folder.
  public let name: String
  public let rows: Int64
  /// SHA-256 of all its bytes, as `sha256sum` shows it.
  public let checksum: [UInt8]
  public let archivedAt: Instant
  public let archivedBy: String

  init(_ row: Row, at column: Int, month: CivilDate) throws(PostgreSQLError) {
    self.month = month
    name = try row.decode(at: column)
    rows = try row.decode(at: column + 1)
    checksum = try row.decode(at: column + 2)
    archivedAt = try row.decode(at: column + 3)
    archivedBy = try row.decode(at: column + 4)
  }

  public var checksumText: String { Hexadecimal.text(checksum) }
}

enum Hexadecimal {
  /// In lower case.
  static func text(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
