import Crypto
import PostgreSQL

/// Walks the whole chain and recomputes every hash, while commands may add to it.
///
/// A chain proves itself only up to its end: whoever can write to the table and recompute hashes can cut or replace its
/// last rows. A head that was noted earlier, and kept where that person cannot write, proves the rows up to it.
public struct AuditVerification {
  /// Rows read at once.
  private static let chunkSize = 1000
  /// Findings that are kept; one row of a chain is as good as a thousand for knowing that it is broken.
  fileprivate static let mostKept = 1000

  public struct Report: Sendable {
    public internal(set) var rows = 0
    /// To be kept elsewhere, for the next verification.
    public internal(set) var head = AuditHead.empty
    /// The first thousand.
    public internal(set) var findings: [AuditFinding] = []
    /// Of all.
    public internal(set) var breaks = 0

    public var isIntact: Bool { breaks == 0 }
  }

  private let connection: Connection
  private let expected: AuditHead?

  /// - Parameter expected: a head that the log once had.
  public init(_ connection: Connection, expecting expected: AuditHead? = nil) {
    self.connection = connection
    self.expected = expected
  }

  /// - Parameter progress: told how many rows are done, of how many.
  public func run(progress: (Int, Int) -> Void = { _, _ in }) throws(AuditError) -> Report {
    var chain = AuditChain(expected: expected)
    var report = Report()
    let total = try database { () throws(PostgreSQLError) in
      try connection.query("SELECT count(*) FROM billing.audit_log").one().decode(Int.self, at: 0)
    }
    // Whatever numbers there are: a row below 1 was forged.
    var last = Int64.min
    while true {
      let chunk = try database { () throws(PostgreSQLError) in try rows(after: last) }
      for row in chunk { report.add(try follow(row, &chain)) }
      progress(chain.rows, max(total, chain.rows))
      guard let final = chunk.last, chunk.count == Self.chunkSize else { break }
      last = final.number
    }
    if let finding = chain.atEnd { report.add([finding]) }
    report.rows = chain.rows
    report.head = chain.head
    return report
  }

  private func follow(_ row: AuditRow, _ chain: inout AuditChain) throws(AuditError) -> [AuditFinding] {
    do { return try chain.take(row) } catch { throw .hashing(error) }
  }

  private func rows(after last: Int64) throws(PostgreSQLError) -> [AuditRow] {
    let rows = try connection.query(
      """
      SELECT \(unescaped: AuditRow.columns) FROM billing.audit_log
      WHERE number > \(last) ORDER BY number LIMIT \(Self.chunkSize)
      """)
    var decoded: [AuditRow] = []
    for row in rows { decoded.append(try AuditRow(row)) }
    return decoded
  }
}

extension AuditVerification.Report {
  fileprivate mutating func add(_ found: [AuditFinding]) {
    breaks += found.count
    findings += found.prefix(max(0, AuditVerification.mostKept - findings.count))
  }
}
