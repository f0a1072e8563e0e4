import Billing
import Compression
import Crypto
import Glibc
import Ledger
import Operations
import PostgreSQL
import Retention
import TestSupport
import Testing

@Suite("Files that are not what was archived are refused", .enabled(if: TestDatabase.isAvailable))
struct DamagedFileTests {
  private func write(_ bytes: [UInt8], _ path: String) throws {
    let file = try #require(fopen(path, "w"))
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    fclose(file)
  }

  private func reason(_ old: OldLedger, _ path: String) throws -> String {
    let digest = try old.digest()
    do {
      try old.restore(path)
      Issue.record("it was taken")
    } catch RetentionError.unfit(_, let reason) {
      #expect(try old.digest() == digest)
      #expect(try old.states().first == "2025-01 archived")
      #expect(try old.number("SELECT count(*) FROM pg_class WHERE relname = 'ledger_2025_01'") == 0)
      return reason
    }
    return ""
  }

  private func compress(_ content: [UInt8]) throws -> [UInt8] {
    let compressor = try ZstdCompressor()
    return try compressor.compress(content.span) + compressor.finish()
  }

  private func decompress(_ path: String) throws -> [UInt8] {
    let decompressor = try ZstdDecompressor()
    decompressor.feed(try FileBytes.read(path, limit: 1 << 20))
    var content: [UInt8] = []
    while let piece = try decompressor.next() { content += piece }
    return content
  }

  /// Complete and consistent in itself: only the database can tell.
  private func forged(_ content: [UInt8]) throws -> [UInt8] {
    let digest = try SHA256.hash(content).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return try compress(content + Array("{\"sha256\":\"\(digest)\"}\n".utf8))
  }

  @Test("a flipped byte anywhere, a cut and an appended one: refused with nothing changed; the true file still fits")
  func bytes() throws {
    let old = try OldLedger()
    let digest = try old.digest("2025-01")
    let file = try #require(try old.archive(before: "2025-02").first)
    let bytes = try FileBytes.read(old.path(file.name), limit: 1 << 20)
    let path = old.path("other.zst")
    for place in Array(0..<16) + Array(stride(from: 16, to: bytes.count, by: 97)) + [bytes.count - 1] {
      var flipped = bytes
      flipped[place] ^= 1 << UInt8(place % 8)
      try write(flipped, path)
      #expect(try !reason(old, path).isEmpty, "byte \(place)")
    }
    for count in [0, 1, 20, bytes.count / 2, bytes.count - 1] {
      try write(Array(bytes.prefix(count)), path)
      #expect(try !reason(old, path).isEmpty, "\(count) bytes")
    }
    try write(bytes + [0], path)
    #expect(try reason(old, path).contains("damaged"))
    try write(bytes + bytes, path)
    #expect(try reason(old, path).contains("damaged"))
    // Under any name.
    try write(bytes, path)
    try old.restore(path)
    #expect(try old.digest("2025-01") == digest)
  }

  @Test("a well-made file with other rows, another month or another format is refused by what the database knows")
  func forgery() throws {
    let old = try OldLedger()
    let file = try #require(try old.archive(before: "2025-02").first)
    let content = try decompress(old.path(file.name)).dropLast(78)
    let path = old.path("other.zst")
    func replacing(_ text: String, _ other: String) throws -> [UInt8] {
      let changed = String(decoding: content, as: UTF8.self).replacing(text, with: other)
      #expect(changed.utf8.count != content.count || Array(changed.utf8) != Array(content))
      return try forged(Array(changed.utf8))
    }
    for (text, other, word) in [
      ("\t2025-01-s1\t", "\t2025-01-s9\t", "checksum"), ("\"rows\":34", "\"rows\":33", "34 rows"),
      ("\"month\":\"2025-01\"", "\"month\":\"2025-02\"", "2025-02 is in the ledger"),
      ("\"month\":\"2025-01\"", "\"month\":\"2019-02\"", "has not archived 2019-02"),
      ("\"version\":1", "\"version\":2", "version"), ("usage-billing ledger", "another's ledger", "no archive"),
      ("\"month\":\"2025-01\"", "\"month\":\"2025-13\"", "first line is damaged"),
    ] {
      try write(try replacing(text, other), path)
      #expect(try reason(old, path).contains(word), "\(text) → \(other)")
    }
    // The last line says something else than all before it.
    try write(try compress(content + Array("{\"sha256\":\"\(String(repeating: "0", count: 64))\"}\n".utf8)), path)
    #expect(try reason(old, path).contains("last line"))
    try write(try compress(Array(repeating: 65, count: 1_000_000)), path)
    #expect(try reason(old, path).contains("no archive"))
    #expect(throws: RetentionError.self) { try old.restore(old.path("nothing.zst")) }
    #expect(throws: RetentionError.self) { try old.restore(old.folder) }
  }

  @Test(
    "a file of columns that the ledger does not have, or has otherwise, is refused; columns that came since are none")
  func columns() throws {
    let old = try OldLedger()
    let digest = try old.digest("2025-01")
    let file = try #require(try old.archive(before: "2025-02").first)
    // Views keep a column's type as it is.
    try old.eye.execute("DROP VIEW billing.usage_records, billing.usage_boundary_ids")
    try old.eye.execute("ALTER TABLE billing.ledger RENAME COLUMN metadata TO notes")
    #expect(try reason(old, old.path(file.name)).contains("no column metadata"))
    try old.eye.execute(
      """
      ALTER TABLE billing.ledger RENAME COLUMN notes TO metadata;
      ALTER TABLE billing.ledger ALTER COLUMN metadata TYPE varchar(20000)
      """)
    #expect(try reason(old, old.path(file.name)).contains("no column metadata of type text"))
    try old.eye.execute(
      """
      ALTER TABLE billing.ledger ALTER COLUMN metadata TYPE text;
      ALTER TABLE billing.ledger ADD COLUMN added integer
      """)
    try old.restore(file)
    try old.eye.execute("ALTER TABLE billing.ledger DROP COLUMN added")
    #expect(try old.digest("2025-01") == digest)
  }

  @Test("a month that is in the ledger is not put back a second time")
  func twice() throws {
    let old = try OldLedger()
    let file = try #require(try old.archive(before: "2025-02").first)
    try old.restore(file)
    let digest = try old.digest()
    #expect(throws: RetentionError.self) { try old.restore(file) }
    #expect(try old.digest() == digest)
    let elsewhere = try OldLedger()
    #expect(throws: RetentionError.self) { try elsewhere.restore(old.path(file.name)) }
  }
}
