import Faults
import PostgreSQL

/// COMMIT, with the places at which a test may kill the process before, inside and after it, or cut the connection inside.
public struct CommitSteps: Sendable {
  private let before: StaticString
  private let inside: StaticString
  private let after: StaticString

  /// - Parameter inside: COMMIT was sent, its answer not read.
  public init(before: StaticString, inside: StaticString, after: StaticString) {
    self.before = before
    self.inside = inside
    self.after = after
  }

  /// - Throws: as `Connection.commit`.
  public func commit(_ connection: Connection, _ failpoints: Failpoints) throws(PostgreSQLError) {
    failpoints.pass(before)
    if failpoints.pass(inside) {
      try connection.commitCuttingConnection()
    } else {
      try connection.commit()
    }
    failpoints.pass(after)
  }
}
