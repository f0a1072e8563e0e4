import Crypto

/// Follows a chain from its first row on and says where it breaks. Pure: rows in, findings out.
struct AuditChain {
  private(set) var rows = 0
  private(set) var head = AuditHead.empty
  private let expected: AuditHead?

  init(expected: AuditHead?) { self.expected = expected }

  /// The next row, in the order of numbers. Each break is told once: what follows is held against the row as it stands.
  mutating func take(_ row: AuditRow) throws(CryptoError) -> [AuditFinding] {
    var findings: [AuditFinding] = []
    let isGenuine = try row.isGenuine()
    if !isGenuine { findings.append(.changed(row.number)) }
    if row.number > head.number + 1 {
      findings.append(.missing(from: head.number + 1, through: row.number - 1))
    } else if row.number <= head.number || row.previousHash != head.hash {
      // Of a changed row that is no news.
      if isGenuine { findings.append(.notFollowing(row.number)) }
    }
    if let expected, expected.number == row.number, expected.hash != row.hash {
      findings.append(.replaced(expected))
    }
    rows += 1
    head = row.head
    return findings
  }

  /// To be asked when there are no more rows.
  var atEnd: AuditFinding? {
    guard let expected, expected.number > head.number else {
      // The head of an empty log is no row's.
      return expected.flatMap { $0.number == 0 && $0 != .empty ? .replaced($0) : nil }
    }
    return .cut(expected, last: head.number)
  }
}
