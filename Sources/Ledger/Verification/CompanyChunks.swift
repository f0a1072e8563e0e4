import Billing
import PostgreSQL

/// Walks the companies in the order of their ids, as many at a time as make a short snapshot.
struct CompanyChunks {
  /// Companies in a chunk, and records after which a chunk takes no further company.
  private static let most = 100
  private static let enoughRecords: Int64 = 100_000

  private let connection: Connection
  private let scope: CompanyID?
  private var last: String?

  init(connection: Connection, scope: CompanyID?) {
    self.connection = connection
    self.scope = scope
  }

  func count() throws(LedgerError) -> Int {
    guard scope == nil else { return 1 }
    return try database { () throws(PostgreSQLError) in
      try connection.query("SELECT count(*) FROM billing.companies").one().decode(at: 0)
    }
  }

  /// The next companies; none at the end. How many records a company has is judged by its totals: they need not be right
  /// for that.
  mutating func next() throws(LedgerError) -> [CompanyID] {
    if let scope {
      guard last == nil else { return [] }
      last = scope.text
      return [scope]
    }
    let after = last ?? ""
    let ids = try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT c.company_id, (SELECT coalesce(sum(p.events), 0)::bigint FROM billing.usage_periods p
          WHERE p.company_id = c.company_id)
        FROM billing.companies c WHERE c.company_id > \(after) COLLATE "C" ORDER BY c.company_id LIMIT \(Self.most)
        """)
      var ids: [CompanyID] = []
      var records: Int64 = 0
      for row in rows {
        ids.append(try row.decode(at: 0))
        records += max(0, try row.decode(Int64.self, at: 1))
        if records >= Self.enoughRecords { break }
      }
      return ids
    }
    if let id = ids.last { last = id.text }
    return ids
  }
}
