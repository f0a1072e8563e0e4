import Billing
import Crypto
import Glibc
import Ledger
import Operations
import PostgreSQL
import Retention
import TestSupport
import Testing

@Suite("Months go to files and come back", .enabled(if: TestDatabase.isAvailable))
struct ArchiveTests {
  @Test("a month that was archived and put back is the same, byte for byte, and totals never moved")
  func roundTrip() throws {
    let old = try OldLedger()
    #expect(try old.isClean())
    let (before, totals) = (try old.digest("2025-01"), try old.totals())
    let (second, third) = (try old.digest("2025-02"), try old.digest("2025-03"))
    let files = try old.archive(before: "2025-03")
    #expect(files.map(\.month.monthText) == ["2025-01", "2025-02"])
    #expect(try old.states() == ["2025-01 archived", "2025-02 archived", "2025-03 live"])
    #expect(try old.number("SELECT count(*) FROM billing.usage_records WHERE month < '2025-03-01'") == 0)
    #expect(try old.digest("2025-03") == third)
    #expect(try old.totals() == totals)
    // Ids of the boundary with March stay: its other side goes on.
    #expect(
      try old.texts(
        "SELECT DISTINCT concat_ws(' ', boundary, month) FROM billing.usage_boundary_ids WHERE boundary < '2025-04-01'"
      )
      .sorted() == ["2025-03-01 2025-02-01"])
    for file in files {
      let bytes = try FileBytes.read(old.path(file.name), limit: 1 << 20)
      #expect(try SHA256.hash(bytes) == file.checksum)
      var status = stat()
      #expect(stat(old.path(file.name), &status) == 0 && status.st_mode & 0o777 == 0o600)
      #expect(file.rows == 34)
    }
    #expect(old.files.count == 2)
    for file in files.reversed() { try old.restore(file) }
    #expect(try old.digest("2025-01") == before)
    #expect(try old.digest("2025-02") == second)
    #expect(try old.totals() == totals)
    #expect(try old.isClean())
    #expect(try old.states() == ["2025-01 restored", "2025-02 restored", "2025-03 live"])
    // Archived again, it is the same file.
    #expect(try old.archive(before: "2025-03").map(\.name) == files.map(\.name))
    #expect(old.files.count == 2)
    #expect(
      try old.texts("SELECT facts FROM billing.audit_log WHERE action LIKE 'month_%' ORDER BY number").prefix(3) == [
        #"{"month":"2025-01-01","rows":34}"#, #"{"month":"2025-02-01","rows":34}"#,
        #"{"month":"2025-02-01","rows":34}"#,
      ])
  }

  @Test("standard tools read an archive: a line of JSON, COPY text, a line with a checksum")
  func readable() throws {
    let old = try OldLedger()
    let file = try #require(try old.archive(before: "2025-02").first)
    let text = try #require(popen("zstd -dcq '\(old.path(file.name))'", "r"))
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, text), count > 0 { bytes += chunk[..<count] }
    #expect(pclose(text) == 0)
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    #expect(lines.count == 36)
    let header = String(decoding: try #require(lines.first), as: UTF8.self)
    #expect(header.contains(#""version":1,"month":"2025-01","table":"billing.ledger""#))
    #expect(header.contains(#"{"name":"quantity","type":"numeric"}"#) && header.contains(#""rows":34"#))
    let content = bytes.dropLast(78)
    let digest = try SHA256.hash(Array(content)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(String(decoding: try #require(lines.last), as: UTF8.self) == #"{"sha256":"\#(digest)"}"#)
  }

  @Test("a month without records goes and comes back, too")
  func empty() throws {
    let old = try OldLedger()
    try old.eye.execute("SELECT billing.ensure_month('2024-12-01')")
    let file = try #require(try old.archive(before: "2025-01").first)
    #expect(file.rows == 0)
    try old.restore(file)
    #expect(try old.states().first == "2024-12 restored")
  }

  @Test("thousands of rows are streamed, in the order in which the table has them")
  func many() throws {
    let old = try OldLedger()
    try old.eye.execute(
      """
      INSERT INTO billing.ledger (occurred_at, month, company_id, usage_id, metric, quantity, counted, metadata)
      SELECT '2025-01-14Z', '2025-01-01', 'first', 'm' || n, 'order', n, n, repeat(md5(n::text), 20)
      FROM generate_series(1, 20000) AS n
      """)
    #expect(try Verification(old.eye).repair(by: "tests").isClean)
    try old.close()
    let before = try old.digest("2025-01")
    let file = try #require(try old.archive(before: "2025-02").first)
    #expect(file.rows == 20_034)
    try old.restore(file)
    #expect(try old.digest("2025-01") == before)
  }

  @Test("it stops when asked to, and the month is back in the ledger")
  func stopped() throws {
    let old = try OldLedger()
    let before = try old.digest()
    var asked = 0
    #expect(throws: RetentionError.self) {
      try old.archiver().run(
        Archiver.Selection(before: #require(CivilDate("2025-03-01"))), now: OldLedger.now,
        shouldStop: {
          asked += 1
          return asked > 1
        }, archived: { _ in })
    }
    #expect(try old.digest() == before)
    #expect(try old.states() == ["2025-01 live", "2025-02 live", "2025-03 live"])
    #expect(old.files.isEmpty)
    #expect(try old.isClean())
  }

  @Test("no more months than asked for, and those put back only where they are meant")
  func selection() throws {
    let old = try OldLedger()
    let before = try #require(CivilDate("2025-03-01"))
    var files: [ArchivedFile] = []
    let one = Archiver.Selection(before: before, includesRestored: false, most: 1)
    try old.archiver().run(one, now: OldLedger.now) { files.append($0) }
    #expect(files.map(\.month.monthText) == ["2025-01"])
    try old.restore(files[0])
    try old.archiver().run(one, now: OldLedger.now) { files.append($0) }
    #expect(try old.states() == ["2025-01 restored", "2025-02 archived", "2025-03 live"])
  }
}
