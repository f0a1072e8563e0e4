import Billing
import Faults
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import Outbox

@Suite("Meter events that Stripe rejected after it had taken them", .enabled(if: TestDatabase.isAvailable))
struct RejectionTests {
  private let world: World

  init() throws { world = try World("comp-1", "comp-2") }

  @Test("exactly the named entry is dead, under an id of its own; the former says what took its place; sums stay")
  func named() throws {
    let ids = try world.delivered("comp-1", .event(value: 5, minute: 1), .event(value: 7, minute: 2))
    _ = try world.delivered("comp-2", .event(value: 9, minute: 1))
    let before = try world.reported()
    #expect(try world.take(world.report([ids[1]])) == .taken(.init(reopened: 1)))
    #expect(try world.outcomes() == ["d", "r", "d"])
    #expect(try world.waiting() == ["comp-1 meter:order x archived_meter 7 0"])
    #expect(try world.reported() == before)
    let reader = try OutboxReader(world.eye)
    guard case .rejected(let successor) = try reader.show(ids[1]).state else { throw TestFailure("not rejected") }
    #expect(successor != ids[1])
    let record = try reader.show(successor)
    #expect(record.state == .dead && record.problem == World.archived)
    let former = try reader.show(ids[1])
    #expect(record.effect == former.effect && former.problem == World.archived)
    // Nobody sends it by itself; retried, it goes out under its own id.
    var claims = try world.claims()
    #expect(try claims.claim(keys: 10).isEmpty)
    try world.eye.begin()
    try OutboxAdministration(world.eye).retry(successor)
    try world.eye.commit()
    let claimed = try claims.claim(keys: 10)
    #expect(claimed.flatMap(\.entries).map(\.id) == [successor])
    #expect(claimed.first?.entries.first?.firstAttemptAt == nil)
  }

  @Test("a report that is read again, and another that names the same, change nothing more")
  func again() throws {
    let ids = try world.delivered("comp-1", .event(value: 5))
    let first = try world.report(ids)
    try world.take(first)
    let (history, entries) = (try world.outcomes(), try world.waiting())
    #expect(try world.take(first) == .known)
    #expect(try world.take(world.report(ids, as: "evt_2")) == .taken(.init(notReopened: 1)))
    #expect(try world.outcomes() == history)
    #expect(try world.waiting() == entries)
    let rejections = Rejections(world.eye)
    let names = try ["evt_1", "evt_2", "evt_3"].map { try #require(RemoteID($0)) }
    #expect(try rejections.unread(among: names) == [names[2]])
  }

  @Test("two replicas that take one report, or two about one entry, at the same time open it once")
  func replicas() throws {
    for (round, names) in [["evt_a", "evt_a"], ["evt_b", "evt_c"]].enumerated() {
      let ids = try world.delivered("comp-1", .event(value: 5, minute: 10 + round))
      let reports = try names.map { try world.report(ids, as: $0) }
      let reopened = Atomic<Int>(0)
      let database = world.database
      @Sendable func run(_ report: RejectionReport) {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20 {
          guard let session = try? database.session(),
            let taking = try? Rejections(session).take(report, now: World.now, using: &random)
          else { continue }
          if case .taken(let counts) = taking { reopened.add(Int(counts.reopened), ordering: .relaxed) }
        }
      }
      try withThread({ run(reports[0]) }, during: { run(reports[1]) })
      #expect(reopened.load(ordering: .relaxed) == 1)
      #expect(try world.waiting().count == round + 1)
    }
  }

  @Test("while a worker has the entry nothing is done, and the report stays unread; then it is taken")
  func leased() throws {
    let ids = try world.write("comp-1", .event(value: 5))
    var claims = try world.claims()
    let claimed = try claims.claim(keys: 1)
    let report = try world.report(ids)
    #expect(try world.take(report) == .deferred)
    #expect(try Rejections(world.eye).unread(among: [report.event]) == [report.event])
    #expect(try world.number("SELECT count(*) FROM billing.stripe_rejections") == 0)
    try claims.settle(claimed, .deliveredBefore(reference: nil))
    #expect(try world.take(report) == .taken(.init(reopened: 1)))
    #expect(try world.outcomes() == ["r"])
  }

  @Test("an entry whose answer was lost is replaced, too; what its late worker settles is lost; the sequence goes on")
  func perhapsSent() throws {
    let ids = try world.write("comp-1", .event(value: 5, minute: 1), .event(value: 6, minute: 2))
    var claims = try world.claims(lease: .milliseconds(1))
    let late = try claims.claim(keys: 1)
    try eventually("the lease ends") {
      try world.number("SELECT count(*) FROM billing.outbox_keys WHERE lease_until < now()") == 1
    }
    #expect(try world.take(world.report([ids[0]])) == .taken(.init(reopened: 1)))
    #expect(try claims.settle(late, .delivered(reference: nil)).settled == 0)
    #expect(try world.outcomes() == ["r"])
    #expect(try world.waiting() == ["comp-1 meter:order q 6 0", "comp-1 meter:order x archived_meter 5 0"])
    var next = try world.claims()
    #expect(try next.claim(keys: 1).flatMap(\.entries).map(\.id) == [ids[1]])
  }

  @Test("what waits for a person already, dead or unknown, gets an id of its own as well", arguments: ["x", "u"])
  func aside(state: String) throws {
    let ids = try world.write("comp-1", .event(value: 5))
    var claims = try world.claims()
    let claimed = try claims.claim(keys: 1)
    try claims.settle(claimed, state == "x" ? .dead(Problem("lost")) : .unknown(Problem("lost")))
    #expect(try world.take(world.report(ids)) == .taken(.init(reopened: 1)))
    #expect(try world.waiting() == ["comp-1 meter:order x archived_meter 5 0"])
    #expect(try world.outcomes() == ["r"])
  }

  @Test("what is set aside is replaced beside another of its sequence that is being sent, and leaves it its lease")
  func besideALease() throws {
    let ids = try world.write("comp-1", .event(value: 5, minute: 1), .event(value: 6, minute: 2))
    var claims = try world.claims()
    let first = try claims.claim(keys: 1)
    #expect(first.flatMap(\.entries).map(\.id) == [ids[0]])
    try claims.settle(first, .unknown(Problem("lost")))
    let second = try claims.claim(keys: 1)
    #expect(second.flatMap(\.entries).map(\.id) == [ids[1]])
    #expect(try world.take(world.report([ids[0]])) == .taken(.init(reopened: 1)))
    #expect(try claims.settle(second, .delivered(reference: nil)).settled == 1)
    #expect(try world.outcomes() == ["r", "d"])
    #expect(try world.waiting() == ["comp-1 meter:order x archived_meter 5 0"])
  }

  @Test(
    "what was sent several times, or after the report, may be counted: it is left as it is, and told",
    arguments: [
      // Attempts, the last (hours from the report's time), sent anew, whether it is opened again.
      (1, 0, 0, true), (1, -30, 0, true), (1, 2, 0, false), (2, 0, 0, false), (2, -30, 0, false), (1, 0, 1, false),
      (0, 0, 0, false),
    ])
  func sentAgain(attempts: Int, last: Int, generation: Int, isReopened: Bool) throws {
    let ids = try world.delivered("comp-1", .event(value: 5))
    let then = try world.now()
    _ = try world.eye.update(
      """
      UPDATE billing.outbox_history
      SET attempts = \(attempts), key_generation = \(generation)::smallint,
        last_attempt_at = \(then.adding(seconds: Int64(last) * 3600))
      """)
    let taking = try world.take(world.report(ids, window: then...then.adding(seconds: 10)))
    #expect(taking == .taken(isReopened ? .init(reopened: 1) : .init(notReopened: 1)))
    #expect(try world.waiting() == (isReopened ? ["comp-1 meter:order x archived_meter 5 0"] : []))
    #expect(try world.outcomes() == [isReopened ? "r" : "d"])
  }

  @Test("events that are not named are counted, whatever others are: nothing is done about them")
  func unnamed() throws {
    let ids = try world.delivered("comp-1", .event(value: 5, minute: 1), .event(value: 6, minute: 2))
    #expect(try world.take(world.report([ids[0]], events: 4)) == .taken(.init(reopened: 1, unnamed: 3)))
    #expect(try world.outcomes() == ["r", "d"])
    let records = try RejectionRecord.list(world.eye, limit: 10)
    #expect(try Rejections(world.eye).notReopened() == 3)
    #expect(records.map { [$0.events, $0.reopened, $0.notReopened, $0.unnamed] } == [[4, 1, 0, 3]])
  }

  @Test("after its time to send it expires at once, for the conversion to take it")
  func tooLate() throws {
    let ids = try world.delivered("comp-1", .event(value: 5), sendBefore: try world.now().adding(days: 1))
    _ = try world.eye.execute("UPDATE billing.outbox_history SET send_before = now() - interval '1 second'")
    #expect(try world.take(world.report(ids)) == .taken(.init(reopened: 1)))
    #expect(try world.waiting() == ["comp-1 meter:order e archived_meter 5 0"])
  }

  @Test("names that no entry has, items, and what is discarded, converted or expired are left alone, and counted")
  func others() throws {
    var random = SystemRandomNumberGenerator()
    let strange = EntryID(now: World.now, using: &random)
    let item = try world.delivered("comp-1", .item())
    let discarded = try world.delivered("comp-1", .event(value: 5, minute: 1))
    let converted = try world.delivered("comp-1", .event(value: 6, minute: 2))
    for (id, outcome) in [(discarded[0], "x"), (converted[0], "c")] {
      _ = try world.eye.update(
        """
        UPDATE billing.outbox_history SET outcome = \(outcome)::"char",
          reason = CASE \(outcome) WHEN 'x' THEN 'there' END, settled_by = CASE \(outcome) WHEN 'x' THEN 'me' END
        WHERE entry_id = \(id)
        """)
    }
    let neverSent = try world.write("comp-2", .event(value: 1))
    let expired = try world.write("comp-1", .event("storage", value: 8))
    _ = try world.eye.update(
      "UPDATE billing.outbox_entries SET state = 'e', last_attempt_at = now() WHERE entry_id = \(expired[0])")
    let (history, entries) = (try world.outcomes(), try world.waiting())
    let all: [[EntryID]] = [[strange], item, neverSent, discarded, converted, expired]
    let taking = try world.take(world.report(all.flatMap(\.self)))
    #expect(taking == .taken(.init(notReopened: 5, unnamed: 1)))
    #expect(try world.outcomes() == history)
    #expect(try world.waiting() == entries)
    #expect(try world.number("SELECT not_reopened FROM billing.stripe_rejections") == 5)
    #expect(try world.number("SELECT unnamed FROM billing.stripe_rejections") == 1)
  }

  @Test("a connection that is lost inside COMMIT: read again, the report has one effect")
  func lostCommit() throws {
    let ids = try world.delivered("comp-1", .event(value: 5))
    let report = try world.report(ids)
    #expect(throws: OutboxError.self) { try world.take(report, failpoints: "\(OutboxStep.insideReopenCommit)=cut") }
    try eventually("the server is done with it") {
      _ = try world.take(report)
      return try world.waiting().count == 1
    }
    #expect(try world.take(report) == .known)
    #expect(try world.waiting() == ["comp-1 meter:order x archived_meter 5 0"])
  }
}
