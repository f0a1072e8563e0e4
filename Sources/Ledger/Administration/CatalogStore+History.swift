import Billing
import PostgreSQL

extension CatalogStore {
  /// When and by whom the catalog in force was applied.
  public struct Provenance: Sendable {
    public let version: Int
    public let appliedAt: Instant
    public let appliedBy: String
  }

  /// - Throws: `noCatalog` when none was ever applied.
  public static func provenance(_ connection: Connection) throws(LedgerError) -> Provenance {
    let found = try database { () throws(PostgreSQLError) -> Provenance? in
      let rows = try connection.query(
        """
        SELECT version, applied_at, applied_by FROM billing.catalog_versions ORDER BY version DESC LIMIT 1
        """)
      guard let row = rows.first else { return nil }
      return Provenance(
        version: try row.decode(at: 0), appliedAt: try row.decode(at: 1), appliedBy: try row.decode(at: 2))
    }
    guard let found else { throw .noCatalog }
    return found
  }
}
