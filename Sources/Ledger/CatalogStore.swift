import Billing
import Messages
import PostgreSQL

/// The catalog in the database: every version that was ever applied.
public enum CatalogStore {
  /// The registry's version and the catalog in force, read as of one moment.
  static func current(_ connection: Connection) throws(LedgerError) -> (version: Int64, catalog: Catalog) {
    let rows = try database { () throws(PostgreSQLError) in
      try connection.query(
        """
        SELECT v.version, c.version, c.document FROM billing.registry_version v, billing.catalog_versions c
        ORDER BY c.version DESC LIMIT 1
        """)
    }
    guard let row = rows.first else { throw .noCatalog }
    let (registryVersion, version, document) = try database { () throws(PostgreSQLError) in
      (try row.decode(Int64.self, at: 0), try row.decode(Int64.self, at: 1), try row.decode(String.self, at: 2))
    }
    do {
      return (registryVersion, try CatalogDocument.decode(Array(document.utf8), version: Int(version)))
    } catch {
      throw .catalog("\(error)")
    }
  }

  /// The catalog in force.
  public static func catalog(_ connection: Connection) throws(LedgerError) -> Catalog {
    try current(connection).catalog
  }
}
