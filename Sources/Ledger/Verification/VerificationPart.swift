import Billing
import PostgreSQL

/// Something further that is compared in the snapshots of a verification: what other rooms have made of the totals.
public protocol VerificationPart {
  /// Compares some companies' books. Called inside a read-only snapshot.
  mutating func differences(
    in scope: VerificationScope, on connection: Connection
  ) throws(LedgerError) -> [Difference]

  /// Called after that snapshot has ended, in a transaction that may write.
  ///
  /// - Parameter companies: in which nothing at all was found.
  mutating func keep(_ companies: Set<CompanyID>, on connection: Connection) throws(LedgerError)

  /// Compares what belongs to no single company. Called once, after all companies; not when only one is looked at.
  func commonDifferences(on connection: Connection) throws(LedgerError) -> [Difference]
}
