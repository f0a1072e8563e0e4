import PostgreSQL
import Storage

/// The buckets in the database, shared by all replicas.
///
/// A bucket is one row, the next token's slot (the generic cell rate algorithm, without bursts). Its transaction is not
/// waited for to be on disk: see `billing.take_slots`. Outside of any other transaction.
public struct RateBuckets {
  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Takes what the schedule asks for, in one statement.
  ///
  /// - Returns: a lease without a token when none is to be had within the schedule's horizon.
  /// - Throws: the database's error.
  public func take(_ request: TokenSchedule.Request) throws(OutboxError) -> TokenLease {
    let limits = request.limits.sorted { $0.name < $1.name }
    return try database { () throws(PostgreSQLError) in
      let asked = ContinuousClock.now
      let row = try connection.query(
        """
        SELECT clock, first_slot, spacing, taken
        FROM billing.take_slots(\(limits.map(\.name)), \(limits.map(\.spacing.microseconds)), \(Int32(clamping: request.count)),
          \(request.horizon.microseconds) * interval '1 microsecond')
        """
      ).one()
      let answered = ContinuousClock.now
      return TokenLease(
        clock: try row.decode(at: 0), askedAt: asked, answeredAt: answered, firstSlot: try row.decode(at: 1),
        spacing: .microseconds(try row.decode(Int64.self, at: 2)), count: try row.decode(at: 3))
    }
  }
}
