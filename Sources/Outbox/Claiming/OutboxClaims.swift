import Billing
import Faults
import PostgreSQL
import Storage

/// Leases sequences with something to send, and settles what became of it. It belongs to one thread, with one connection
/// as `Connection.forLedger` makes them: plans of index scans only.
///
/// Any number of claimers may run, and be killed at any instant. docs/guarantees.md argues why no entry is lost, sent by
/// two at a time, or left waiting for something that has happened.
public struct OutboxClaims {
  let connection: Connection
  let requirements: SendRequirements
  let failpoints: Failpoints
  private let lease: Duration
  private let reader: HeadReader
  private var generator: any RandomNumberGenerator
  private var history = OutboxHistory.Months()
  /// Companies with entries that the last claim has met and could not read.
  public private(set) var unreadable: Set<CompanyID> = []
  /// The number of the last sequence leased, by class: the next claim goes on behind it, so that every company has its
  /// turn.
  private var cursors: [ClaimClass: Int64] = [:]

  /// Claims that lead to nothing but holds are followed by others, so many at most.
  private static let maximumRounds = 50

  /// - Parameters:
  ///   - lease: longer than a request can live; see `Claim.leaseEnds`.
  ///   - generator: for the ids of entries that make customers.
  public init(
    _ connection: Connection, lease: Duration, requirements: SendRequirements = SendRequirements(),
    failpoints: Failpoints = .none, generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
  ) throws(OutboxError) {
    self.connection = connection
    self.lease = lease
    self.requirements = requirements
    self.failpoints = failpoints
    self.generator = generator
    reader = try HeadReader(connection)
  }

  /// Leases up to so many sequences that may be sent, and counts an attempt for what it answers. Sequences that must not
  /// be sent are held.
  ///
  /// - Parameters:
  ///   - claimClass: which sequences are wanted.
  ///   - entriesPerMeter: how many entries of a meter's sequence are wanted at once; of others it is always one.
  /// - Returns: none when there is nothing to send now, or sending is paused for all.
  /// - Throws: the database's error. When COMMIT's outcome is unknown, what was leased comes back when the lease ends.
  public mutating func claim(
    _ claimClass: ClaimClass, keys: Int, entriesPerMeter: Int = 1
  ) throws(OutboxError) -> [Claim] {
    unreadable = []
    for _ in 0..<Self.maximumRounds {
      let start = ContinuousClock.now
      let round = try round(claimClass, keys: keys, entriesPerMeter: entriesPerMeter, start: start)
      unreadable.formUnion(round.unreadable)
      try settleSuperfluous(round.superfluous)
      if !round.claims.isEmpty || round.isLast { return round.claims }
    }
    return []
  }

  private struct Round {
    var claims: [Claim] = []
    /// Claims of entries that would make customers which are there meanwhile.
    var superfluous: [Claim] = []
    var unreadable: [CompanyID] = []
    /// Nothing was leased: there is no work.
    var isLast = false
  }

  private mutating func round(
    _ claimClass: ClaimClass, keys: Int, entriesPerMeter: Int, start: ContinuousClock.Instant
  ) throws(OutboxError) -> Round {
    // The transaction may be done again: what it changes here counts only once it is committed.
    var (generator, cursor) = (generator, cursors[claimClass, default: 0])
    let leases = Leases(connection: connection, lease: lease)
    let round = try inTransaction(connection, failpoint: failpoint(OutboxStep.beforeClaimCommit)) {
      () throws(PostgreSQLError) in
      cursor = cursors[claimClass, default: 0]
      guard let now = try leases.wakeDelayed() else { return Round(isLast: true) }
      let leased = try leases.take(keys, claimClass, after: &cursor)
      guard !leased.isEmpty else { return Round(isLast: true) }
      let heads = try reader.read(leased, entriesPerMeter: entriesPerMeter)
      var sorted = HeadSorter(requirements: requirements).sort(heads)
      if !sorted.held.isEmpty {
        try recheck(&sorted, entriesPerMeter: entriesPerMeter)
        try leases.settle(held: sorted.held, returned: sorted.returned, idle: sorted.idle)
        if requirements.createCustomers {
          let wanting = sorted.held.filter { $0.hold == .noCustomer }.map(\.lease.key.company)
          try CustomerEntries(connection: connection).write(for: Set(wanting).sorted(), now: now, using: &generator)
        }
      } else if !sorted.idle.isEmpty {
        try leases.settle(held: [], returned: [], idle: sorted.idle)
      }
      try leases.countAttempts(sorted.sendable)
      var round = Round()
      round.unreadable = sorted.unreadable.map(\.key.company)
      for head in sorted.sendable {
        let claim = head.claim(at: start, until: start + lease)
        if head.isSuperfluous { round.superfluous.append(claim) } else { round.claims.append(claim) }
      }
      return round
    }
    self.generator = generator
    cursors[claimClass] = cursor
    return round
  }

  /// Decides on holds anew, under a share of the companies' locks: see `OutboxHolds.release`. Where a company is being
  /// changed at this moment, its sequences are given back as they were: waiting for the change could end in a deadlock.
  private func recheck(_ sorted: inout SortedHeads, entriesPerMeter: Int) throws(PostgreSQLError) {
    let doubtful = sorted.held
    let rows = try connection.query(
      """
      SELECT company_id FROM billing.companies
      WHERE company_id = ANY (\(Set(doubtful.map(\.lease.key.company)).sorted())) FOR SHARE SKIP LOCKED
      """)
    var locked: Set<CompanyID> = []
    for row in rows { locked.insert(try row.decode(at: 0)) }
    sorted.held = []
    sorted.returned += doubtful.filter { !locked.contains($0.lease.key.company) }.map(\.lease)
    let leases = doubtful.filter { locked.contains($0.lease.key.company) }.map(\.lease)
    sorted.append(
      HeadSorter(requirements: requirements).sort(try reader.read(leases, entriesPerMeter: entriesPerMeter)))
  }

  /// Nobody needs a customer made who is there already: the entry is settled as if it had been found at Stripe.
  private mutating func settleSuperfluous(_ claims: [Claim]) throws(OutboxError) {
    guard !claims.isEmpty else { return }
    let settlements = claims.flatMap { claim in
      claim.entries.map { Settlement(claim, $0, .deliveredBefore(reference: claim.stripeCustomer)) }
    }
    _ = try settle(settlements)
  }

  /// Settles claims. What was committed stays so, whatever is thrown: settling again is how to go on, and reports what
  /// was settled then as lost.
  ///
  /// - Throws: the database's error.
  public mutating func settle(_ settlements: [Settlement]) throws(OutboxError) -> SettleReport {
    guard !settlements.isEmpty else { return SettleReport(settled: 0, lost: []) }
    try history.ensure(on: connection)
    let settler = Settler(connection: connection, failpoint: settleFailpoint)
    return try settler.settle(settlements)
  }

  private func failpoint(_ name: StaticString) -> (TransactionPoint) -> TransactionFault {
    { [failpoints] point in point == .beforeCommit && failpoints.pass(name) ? .cutConnection : .none }
  }

  private var settleFailpoint: (TransactionPoint) -> TransactionFault {
    { [failpoints] point in
      guard point == .beforeCommit else { return .none }
      failpoints.pass(OutboxStep.beforeSettleCommit)
      return failpoints.pass(OutboxStep.insideSettleCommit) ? .cutConnection : .none
    }
  }
}
