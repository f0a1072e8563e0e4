/// One numbered step of the schema.
public struct Migration: Sendable, Hashable {
  /// Steps are applied in the order of their numbers; gaps are allowed.
  public let number: Int
  public let name: String
  /// One or more statements, without BEGIN and COMMIT and without those that cannot run in a transaction.
  public let sql: String

  public init(number: Int, name: String, sql: String) {
    self.number = number
    self.name = name
    self.sql = sql
  }

  /// FNV-1a over the text, 16 hexadecimal digits. It finds accidental changes, it is no protection against intent.
  public var checksum: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  /// Reads `001_name.sql` into number 1 and name `name`; nil for any other form.
  static func parse(fileName: String) -> (number: Int, name: String)? {
    guard fileName.hasSuffix(".sql") else { return nil }
    let parts = fileName.dropLast(4).split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty, parts[0].utf8.allSatisfy({ (48...57).contains($0) }),
      let number = Int(parts[0])
    else { return nil }
    return (number, String(parts[1]))
  }
}

/// How a database's schema compares with the migrations a program knows.
public enum MigrationStatus: Sendable, Hashable {
  case upToDate
  /// To be applied, in order.
  case pending([Migration])
  /// The database has steps that this program does not know; it must not work on it.
  case newer([Int])
  /// Steps that were applied with another text than this program has.
  case changed([Migration])
}
