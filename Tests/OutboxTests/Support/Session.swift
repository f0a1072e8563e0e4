import Ledger
import PostgreSQL
import TestSupport

extension TestDatabase {
  /// A session such as workers have. In a file of its own: Ledger has an `Outcome` of its own, too.
  func session() throws -> Connection { try Connection.forLedger(configuration) }
}
