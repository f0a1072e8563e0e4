import Billing
import Faults
import PostgreSQL

/// Where usage is counted, once: the only way into the records and totals. It belongs to one lane, with one connection.
///
/// Everything a batch does happens in one transaction: records, totals, alerts and the messages that are owed for them.
/// The argument for counting once stands in docs/guarantees.md.
public final class Ledger {
  let connection: Connection
  let registry: Registry
  private let failpoints: Failpoints
  private var tables = UsageTables()
  private var partitions = Partitions()
  /// Whether batches are inserted, not copied.
  private var repeats = RepeatWatch()

  /// How often a batch may meet concurrent writers of its own identifiers before it gives up for now.
  private static let maximumAttempts = 20

  public init(connection: Connection, failpoints: Failpoints = .none) throws(LedgerError) {
    self.connection = connection
    self.failpoints = failpoints
    try SchemaVersion.check(connection)
    registry = try Registry(connection)
  }

  /// The catalog in force when the last batch was written; whoever decodes messages goes by it.
  public var catalog: Catalog { registry.catalog }

  /// The metrics of that catalog; asked for with each message, so not by way of a copy of the catalog.
  public var metrics: [MetricName: Metric] { registry.catalog.metrics }

  /// Whether the connection is there, as far as is known.
  public var isConnected: Bool { connection.isOpen }

  /// How many records and voids one `write` should be given, for now. Where repeats come, two replicas often write one id
  /// at the same moment, and one waits for the other's transaction: shorter ones make them wait less often, and less long.
  public var writeLimit: Int { repeats.isOn ? 2000 : .max }

  /// Reads what changed since: a new catalog, changed companies. Cheap when nothing did.
  public func refresh() throws(LedgerError) { try registry.refresh() }

  /// What became of a batch.
  public struct Result: Sendable {
    /// Of the records, in the order given.
    public let records: [Outcome]
    /// Of the voids, in the order given.
    public let voids: [Outcome]
    /// How many threshold messages are owed now.
    public let alerts: Int
  }

  /// Records usage and takes records back, all of it or nothing.
  ///
  /// - Parameters:
  ///   - records: in the order of delivery: of two with one identifier the first is counted.
  ///   - voids: take effect after the batch's records.
  ///   - expectingRepeats: whether the ledger probably holds some of the records. It decides the way in, not what counts.
  ///   - now: only future billing periods depend on it.
  /// - Throws: `LedgerError`; when the connection was lost inside COMMIT the outcome is unknown, and giving the same
  ///   batch again is how to find out: what was committed then is a duplicate.
  public func write(
    records: [RecordedUsage], voids: [VoidedUsage] = [], expectingRepeats: Bool = false, now: Instant
  ) throws(LedgerError) -> Result {
    try write(LedgerWork(records: records, voids: voids), expectingRepeats: expectingRepeats, now: now)
  }

  /// The same, where what is to be recorded is decided in the transaction itself, by rows that are locked there.
  ///
  /// - Parameters:
  ///   - foreseen: what is known before: companies and instants that the plan asks the registry for.
  ///   - plan: reads and writes rows of its own in the transaction, and says what the ledger has to do in it. It is called
  ///     anew with each attempt, and must leave nothing behind but rows.
  ///   - finish: the last thing of the transaction.
  func write(
    _ foreseen: LedgerWork, expectingRepeats: Bool = false, now: Instant,
    plan: (() throws(LedgerError) -> LedgerWork)? = nil,
    finish: (Result) throws(LedgerError) -> Void = { _ throws(LedgerError) in }
  ) throws(LedgerError) -> Result {
    registry.turn(to: now.date)
    var work = foreseen
    for _ in 0..<Self.maximumAttempts {
      do {
        let prepared = try prepare(work, now: now)
        guard var entries = try begin(prepared, work) else {
          try database { () throws(PostgreSQLError) in try connection.rollback() }
          continue
        }
        if let plan {
          work = try plan()
          work.moments += foreseen.moments
          // What the plan needs besides is made before the next attempt, in transactions of its own as ever.
          guard partitions.cover(work), let planned = try registry.knownEntries(of: work) else {
            try database { () throws(PostgreSQLError) in try connection.rollback() }
            continue
          }
          entries = planned
        }
        let result = try write(RecordBatch(entries), work.voids, expectingRepeats, now: now)
        try finish(result)
        try database { () throws(PostgreSQLError) in try LedgerStep.commit.commit(connection, failpoints) }
        registry.commitAnnounced()
        return result
      } catch {
        registry.forgetAnnounced()
        try abandon(error)
      }
    }
    throw .contended
  }

  /// Everything that needs no transaction of the batch's own: companies, periods and partitions are made when first seen.
  ///
  /// Partitions first: what is refused because its month was archived leaves no billing periods behind, which would be
  /// closed, and charged a base fee.
  private func prepare(_ work: LedgerWork, now: Instant) throws(LedgerError) -> [Entry] {
    try partitions.ensure(work, on: connection)
    return try registry.entries(of: work, now: now)
  }

  /// Begins a transaction next to which no catalog or company can change.
  ///
  /// The lock is shared by recorders; changing the catalog or a company takes it alone. So a change has been seen by a
  /// recorder, or sees everything the recorder wrote: no threshold falls between.
  ///
  /// What the lane remembers is brought up to date under the lock: where one change follows the other, there would else
  /// be a newer one at every attempt.
  ///
  /// - Returns: the records with companies and periods as they are now; nil when a company of the batch has lost the period that was to take
  ///   its usage. That is made in a transaction of its own, so this one has to end.
  private func begin(_ prepared: [Entry], _ work: LedgerWork) throws(LedgerError) -> [Entry]? {
    let version = try database { () throws(PostgreSQLError) in
      let rows = try connection.executeReturningLast(
        """
        BEGIN;
        SELECT pg_advisory_xact_lock_shared(\(Registry.lockClass), \(Registry.lockKey));
        SELECT version FROM billing.registry_version
        """)
      return try rows.one().decode(Int64.self, at: 0)
    }
    failpoints.pass(LedgerStep.afterBegin)
    guard version != registry.version else { return prepared }
    try registry.refresh()
    return try registry.knownEntries(of: work)
  }

  private func write(
    _ unwritten: RecordBatch, _ voids: [VoidedUsage], _ expectingRepeats: Bool, now: Instant
  ) throws(LedgerError) -> Result {
    var batch = unwritten
    var gains = Gains()
    if repeats.isOn || expectingRepeats {
      let found = try insert(&batch)
      // Only those that nobody expected tell whether to go on inserting.
      if !expectingRepeats { repeats.note(found: found) }
    } else {
      try database { () throws(PostgreSQLError) in try tables.copy(batch.entries, to: connection) }
      repeats.note(found: false)
    }
    failpoints.pass(LedgerStep.afterCopy)
    gains.add(batch.entries)
    try gains.addSubjects(Subjects(connection: connection))
    let outcomes = try take(back: voids, gains: &gains)

    let daily = gains.daily()
    let periods = gains.periods()
    var totals = try database { () throws(PostgreSQLError) in
      try Totals.addDaily(daily, on: connection)
      return try Totals.addPeriods(periods, on: connection)
    }
    for (total, quantity) in try recompute(gains.recomputed) {
      if let index = periods.index(of: total) { totals[index].quantity = quantity }
    }
    try mark(batch.entries, takenBack: gains.takenBack, asAfterLinesOf: periods, totals)
    failpoints.pass(LedgerStep.afterTotals)
    let alerts = try announce(periods, totals.map(\.quantity), now: now)
    return Result(records: batch.outcomes, voids: outcomes, alerts: alerts)
  }

  /// Ends a transaction that failed, whatever it failed of: left open, the next batch's commit would take it along.
  /// Returns only when the batch can be tried again at once: somebody else committed one of its identifiers, or two
  /// replicas stood in each other's way.
  private func abandon(_ error: LedgerError) throws(LedgerError) {
    guard connection.isOpen, !error.isConnectionLost else { throw error }
    if connection.transactionStatus != .idle {
      try database { () throws(PostgreSQLError) in try connection.rollback() }
    }
    guard case .database(let cause) = error else { throw error }
    if cause.isUniqueViolation {
      repeats.noteFailedCopy()
    } else if !cause.isConflictOfTransactions {
      throw error
    }
  }
}

extension PostgreSQLError {
  /// Serialization failure or deadlock: the same work succeeds when done again.
  fileprivate var isConflictOfTransactions: Bool { sqlState == "40001" || sqlState == "40P01" }
}
