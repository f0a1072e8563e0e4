import Billing
import Glibc
import PostgreSQL
import Synchronization
import TestBasics
import TestSupport
import Testing

@testable import Outbox

@Suite("Claimers that die", .enabled(if: TestDatabase.isAvailable))
struct CrashTests {
  @Test("three claimers that keep dying settle every entry once, in order, and never send from one sequence together")
  func crashes() throws {
    let world = try World()
    for number in 0..<100 {
      try world.add("comp-\(number)")
      try world.eye.begin()
      // Two sequences for each company, four entries in each.
      _ = try World.write(
        "comp-\(number)", try (0..<4).flatMap { try [.event(minute: $0), .event("invoice", minute: $0)] }, on: world.eye
      )
      try world.eye.commit()
    }
    let watch = Watch()
    let claimers = (0..<3).map { index in Claimer(world.database, watch, seed: UInt64(index) + 1) }
    try withThread(claimers[0].run) { try withThread(claimers[1].run, during: claimers[2].run) }
    for claimer in claimers { try claimer.check() }
    #expect(watch.violations.withLock { $0 } == [])
    #expect(watch.deaths.load(ordering: .relaxed) > 30)
    #expect(try world.number("SELECT count(*) FROM billing.outbox_entries") == 0)
    #expect(try world.number("SELECT count(DISTINCT entry_id) FROM billing.outbox_history") == 800)
    #expect(try world.number("SELECT count(*) FROM billing.outbox_history") == 800)
    #expect(try world.number("SELECT count(*) FROM billing.outbox_keys WHERE state <> 'i'") == 0)
    let outOfOrder = try world.number(
      """
      SELECT count(*) FROM (
        SELECT settled_at < lag(settled_at) OVER (PARTITION BY company_id, ordering_key ORDER BY entry_no) AS is_early
        FROM billing.outbox_history) h
      WHERE is_early
      """)
    #expect(outOfOrder == 0)
  }

  /// What the claimers do together.
  final class Watch: Sendable {
    /// Who has a sequence, and until when.
    private let owners: Mutex<[String: (claimer: UInt64, until: ContinuousClock.Instant)]> = Mutex([:])
    let violations: Mutex<[String]> = Mutex([])
    let deaths = Atomic<Int>(0)

    func begin(_ claims: [Claim], _ claimer: UInt64) {
      owners.withLock { owners in
        for claim in claims {
          let key = "\(claim.company) \(claim.orderingKey)"
          if let owner = owners[key], owner.claimer != claimer, owner.until > .now {
            // Ours has begun, and theirs has not ended. Not compared with `claimedAt`: that is before the database was
            // asked, and it may have answered only when theirs was over.
            violations.withLock { $0.append(key) }
          }
          owners[key] = (claimer, claim.leaseEnds)
        }
      }
    }

    /// Before settling: others may have them from then on.
    func end(_ claims: [Claim]) {
      owners.withLock { owners in
        for claim in claims { owners["\(claim.company) \(claim.orderingKey)"] = nil }
      }
    }
  }

  /// One that claims, dies with what it has half of the time, and settles the rest.
  // @unchecked: each runs on one thread, which is joined before it is asked.
  final class Claimer: @unchecked Sendable {
    private let database: TestDatabase
    private let watch: Watch
    private let seed: UInt64
    private var failure: (any Error)?

    init(_ database: TestDatabase, _ watch: Watch, seed: UInt64) {
      (self.database, self.watch, self.seed) = (database, watch, seed)
    }

    var run: @Sendable () -> Void {
      {
        do { try self.work() } catch { self.failure = error }
      }
    }

    func check() throws {
      if let failure { throw failure }
    }

    private func work() throws {
      let world = try World(database)
      var random = SeededGenerator(seed: seed)
      var claims = try world.claims(lease: .milliseconds(400))
      let end = ContinuousClock.now + .seconds(180)
      while try world.number("SELECT count(*) FROM (SELECT 1 FROM billing.outbox_entries LIMIT 1) e") > 0 {
        guard .now < end else { throw TestFailure("entries are left after three minutes") }
        let claimed = try claims.claim(keys: 5, entriesPerMeter: Int.random(in: 1...3, using: &random))
        watch.begin(claimed, seed)
        if Bool.random(using: &random) {
          watch.deaths.add(1, ordering: .relaxed)
          claims.connection.close()
          claims = try world.claims(lease: .milliseconds(400))
          continue
        }
        // Who is slower than its lease settles nothing of it.
        if Int.random(in: 0..<12, using: &random) == 0 { usleep(450_000) }
        watch.end(claimed)
        _ = try claims.settle(claimed, .delivered(reference: nil))
      }
    }
  }
}
