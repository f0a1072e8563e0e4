import PostgreSQL
import Testing

@Suite("COPY in pieces", .enabled(if: TestDatabase.url != nil))
struct CopyPiecesTests {
  private struct Enough: Error {}

  private func filled(_ count: Int) throws -> Connection {
    let connection = try Connection(DatabaseConfiguration(url: try #require(TestDatabase.url)))
    try connection.execute(
      """
      CREATE TEMPORARY TABLE pieces (n integer, t text);
      INSERT INTO pieces SELECT n, repeat('x', n % 300) FROM generate_series(1, \(count)) AS n
      """)
    return connection
  }

  @Test("what goes out comes in again, wherever pieces end", arguments: [1, 7, 1 << 20])
  func roundTrip(_ size: Int) throws {
    let count = size == 1 ? 300 : 20_000
    let connection = try filled(count)
    var bytes: [UInt8] = []
    let out = try connection.copyOut("COPY pieces TO STDOUT") { (row: Span<UInt8>) throws(Enough) in
      row.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }
    #expect(out == count)
    try connection.execute("CREATE TEMPORARY TABLE again (LIKE pieces)")
    var rest = bytes[...]
    let taken = try connection.copyIn("COPY again FROM STDIN") { () throws(Enough) -> [UInt8]? in
      let piece = Array(rest.prefix(size))
      rest = rest.dropFirst(size)
      return piece.isEmpty ? nil : piece
    }
    #expect(taken == count)
    #expect(try connection.query("SELECT * FROM pieces EXCEPT ALL SELECT * FROM again").isEmpty)
  }

  @Test("a peer that fails ends the statement, and the connection goes on")
  func failingPeer() throws {
    let connection = try filled(200_000)
    var rows = 0
    #expect(throws: CopyError<Enough>.self) {
      try connection.copyOut("COPY pieces TO STDOUT") { (_: Span<UInt8>) throws(Enough) in
        rows += 1
        if rows == 3 { throw Enough() }
      }
    }
    #expect(rows == 3)
    #expect(connection.isOpen && connection.transactionStatus == .idle)
    var pieces = 0
    #expect(throws: CopyError<Enough>.self) {
      try connection.copyIn("COPY pieces FROM STDIN") { () throws(Enough) -> [UInt8]? in
        pieces += 1
        if pieces == 3 { throw Enough() }
        return Array("7\tseven\n".utf8)
      }
    }
    #expect(try connection.query("SELECT count(*) FROM pieces").one().decode(Int.self, at: 0) == 200_000)
  }

  @Test("rows that the server refuses, and statements of another kind, are errors that leave it usable")
  func refused() throws {
    let connection = try filled(1)
    var isDone = false
    do {
      _ = try connection.copyIn("COPY pieces FROM STDIN") { () throws(Enough) -> [UInt8]? in
        defer { isDone = true }
        return isDone ? nil : Array("seven\tx\n".utf8)
      }
      Issue.record("taken")
    } catch CopyError<Enough>.database(let error) {
      #expect(error.sqlState == "22P02")
    }
    for statement in ["SELECT 1", "COPY nothing TO STDOUT"] {
      #expect(throws: CopyError<Enough>.self) {
        try connection.copyOut(statement) { (_: Span<UInt8>) throws(Enough) in }
      }
      #expect(connection.isOpen)
    }
    #expect(throws: CopyError<Enough>.self) {
      try connection.copyOut("COPY pieces FROM STDIN") { (_: Span<UInt8>) throws(Enough) in }
    }
    #expect(!connection.isOpen)
  }
}
