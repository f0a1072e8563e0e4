import Billing
import PostgreSQL

/// Finds the records of one usage id in all months.
public struct RecordSearch {
  /// A record as the ledger holds it.
  public struct Found: Sendable, Hashable {
    /// Its month in UTC: an id counts once for a company and month, so it may stand in several.
    public let month: CivilDate
    public let timestamp: Instant
    public let metric: MetricName
    /// As sent.
    public let quantity: Quantity
    public let isVoided: Bool
  }

  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Usage records, oldest month first; neither voids nor marks of voids whose record is awaited.
  public func records(_ id: UsageID, of company: CompanyID) throws(LedgerError) -> [Found] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT month, occurred_at, metric, quantity, voided FROM billing.usage_records
        WHERE company_id = \(company) AND usage_id = \(id) AND kind = 'u' ORDER BY month
        """)
      var found: [Found] = []
      for row in rows {
        found.append(
          Found(
            month: try row.decode(at: 0), timestamp: try row.decode(at: 1), metric: try row.decode(at: 2),
            quantity: try row.decode(at: 3), isVoided: try row.decode(at: 4)))
      }
      return found
    }
  }
}
