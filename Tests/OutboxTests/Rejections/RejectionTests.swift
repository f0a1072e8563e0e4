import Billing
import Faults
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import Outbox

@Suite("Meter events that Stripe rejected after it had taken them", .enabled(if: TestDatabase.isAvailable))
struct RejectionTests {
  private static let archived = Problem("archived_meter")
  private let world: World

  init() throws { world = try World("comp-1", "comp-2") }

  /// A report of Stripe's about now.
  private func report(
    _ named: [EntryID], as name: String = "evt_1", events: Int64? = nil, window: ClosedRange<Instant>? = nil,
    problem: Problem = archived, meter: String? = "mtr_1"
  ) throws -> RejectionReport {
    let now = try now()
    return RejectionReport(
      event: try #require(RemoteID(name)), createdAt: now, meter: meter.flatMap { RemoteID($0) },
      window: window ?? now...now.adding(seconds: 10),
      kinds: [RejectionReport.Kind(problem, events: events ?? Int64(named.count), named: named)])
  }

  private func now() throws -> Instant { try world.eye.query("SELECT now()").one().decode(at: 0) }

  @discardableResult
  private func take(_ report: RejectionReport, failpoints: String = "") throws -> Rejections.Taking {
    var random = SystemRandomNumberGenerator()
    let rejections = Rejections(try world.session(), failpoints: try Failpoints(parsing: failpoints))
    return try rejections.take(report, now: try now(), using: &random)
  }

  /// Entries that passed for delivered.
  private func delivered(_ company: String, _ effects: Effect..., sendBefore: Instant? = nil) throws -> [EntryID] {
    try world.eye.begin()
    let ids = try World.write(company, effects, sendBefore: sendBefore, on: world.eye)
    try world.eye.commit()
    var claims = try world.claims()
    while true {
      let claimed = try claims.claim(keys: 10)
      guard !claimed.isEmpty else { return ids }
      try claims.settle(claimed, .delivered(reference: nil))
    }
  }

  private func outcomes() throws -> [String] {
    try world.texts("SELECT outcome::text FROM billing.outbox_history ORDER BY entry_no")
  }

  private func waiting() throws -> [String] {
    try world.texts(
      """
      SELECT concat_ws(' ', company_id, ordering_key, state, problem, effect::json ->> 'value', attempts)
      FROM billing.outbox_entries ORDER BY entry_no
      """)
  }

  private func reported() throws -> [String] {
    let companies = [try World.company("comp-1"), try World.company("comp-2")]
    let since = Instant(microseconds: 0)
    return try OutboxBooks(world.eye).reported(of: companies, since: since)
      .map { "\($0.company) \($0.metric) \($0.quantity)" }.sorted()
  }

  @Test("exactly the named entry is dead, under an id of its own; the former says what took its place; sums stay")
  func named() throws {
    let ids = try delivered("comp-1", .event(value: 5, minute: 1), .event(value: 7, minute: 2))
    _ = try delivered("comp-2", .event(value: 9, minute: 1))
    let before = try reported()
    #expect(try take(report([ids[1]])) == .taken(reopened: 1, unnamed: 0))
    #expect(try outcomes() == ["d", "r", "d"])
    #expect(try waiting() == ["comp-1 meter:order x archived_meter 7 0"])
    #expect(try reported() == before)
    let reader = try OutboxReader(world.eye)
    guard case .rejected(let successor) = try reader.show(ids[1]).state else { throw TestFailure("not rejected") }
    #expect(successor != ids[1])
    let record = try reader.show(successor)
    #expect(record.state == .dead && record.problem == Self.archived)
    let former = try reader.show(ids[1])
    #expect(record.effect == former.effect && former.problem == Self.archived)
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
    let ids = try delivered("comp-1", .event(value: 5))
    let first = try report(ids)
    try take(first)
    let (history, entries) = (try outcomes(), try waiting())
    #expect(try take(first) == .known)
    #expect(try take(report(ids, as: "evt_2")) == .taken(reopened: 0, unnamed: 0))
    #expect(try outcomes() == history)
    #expect(try waiting() == entries)
    let rejections = Rejections(world.eye)
    let names = try ["evt_1", "evt_2", "evt_3"].map { try #require(RemoteID($0)) }
    #expect(try rejections.unread(among: names) == [names[2]])
  }

  @Test("two replicas that take one report, or two about one entry, at the same time open it once")
  func replicas() throws {
    for (round, names) in [["evt_a", "evt_a"], ["evt_b", "evt_c"]].enumerated() {
      let ids = try delivered("comp-1", .event(value: 5, minute: 10 + round))
      let reports = try names.map { try report(ids, as: $0) }
      let reopened = Atomic<Int>(0)
      let database = world.database
      @Sendable func run(_ report: RejectionReport) {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20 {
          guard let session = try? database.session(),
            let taking = try? Rejections(session).take(report, now: World.now, using: &random)
          else { continue }
          if case .taken(let count, _) = taking { reopened.add(count, ordering: .relaxed) }
        }
      }
      try withThread({ run(reports[0]) }, during: { run(reports[1]) })
      #expect(reopened.load(ordering: .relaxed) == 1)
      #expect(try waiting().count == round + 1)
    }
  }

  @Test("while a worker has the entry nothing is done, and the report stays unread; then it is taken")
  func leased() throws {
    let ids = try world.write("comp-1", .event(value: 5))
    var claims = try world.claims()
    let claimed = try claims.claim(keys: 1)
    let report = try report(ids)
    #expect(try take(report) == .deferred)
    #expect(try Rejections(world.eye).unread(among: [report.event]) == [report.event])
    #expect(try world.number("SELECT count(*) FROM billing.stripe_rejections") == 0)
    try claims.settle(claimed, .deliveredBefore(reference: nil))
    #expect(try take(report) == .taken(reopened: 1, unnamed: 0))
    #expect(try outcomes() == ["r"])
  }

  @Test("an entry whose answer was lost is replaced, too; what its late worker settles is lost; the sequence goes on")
  func perhapsSent() throws {
    let ids = try world.write("comp-1", .event(value: 5, minute: 1), .event(value: 6, minute: 2))
    var claims = try world.claims(lease: .milliseconds(1))
    let late = try claims.claim(keys: 1)
    try eventually("the lease ends") {
      try world.number("SELECT count(*) FROM billing.outbox_keys WHERE lease_until < now()") == 1
    }
    #expect(try take(report([ids[0]])) == .taken(reopened: 1, unnamed: 0))
    #expect(try claims.settle(late, .delivered(reference: nil)).settled == 0)
    #expect(try outcomes() == ["r"])
    #expect(try waiting() == ["comp-1 meter:order q 6 0", "comp-1 meter:order x archived_meter 5 0"])
    var next = try world.claims()
    #expect(try next.claim(keys: 1).flatMap(\.entries).map(\.id) == [ids[1]])
  }

  @Test("what waits for a person already, dead or unknown, gets an id of its own as well", arguments: ["x", "u"])
  func aside(state: String) throws {
    let ids = try world.write("comp-1", .event(value: 5))
    var claims = try world.claims()
    let claimed = try claims.claim(keys: 1)
    try claims.settle(claimed, state == "x" ? .dead(Problem("lost")) : .unknown(Problem("lost")))
    #expect(try take(report(ids)) == .taken(reopened: 1, unnamed: 0))
    #expect(try waiting() == ["comp-1 meter:order x archived_meter 5 0"])
    #expect(try outcomes() == ["r"])
  }

  @Test("sent again when Stripe may have forgotten the identifier, it may be counted: unknown, not dead")
  func sentAgainLater() throws {
    let ids = try delivered("comp-1", .event(value: 5))
    let dayBefore = try now().adding(seconds: -24 * 3600)
    try take(report(ids, window: dayBefore...dayBefore.adding(seconds: 10)))
    #expect(try waiting() == ["comp-1 meter:order u archived_meter 5 0"])
  }

  @Test("names that no entry has sent, items, and what is discarded, converted or expired are left alone")
  func others() throws {
    var random = SystemRandomNumberGenerator()
    let strange = EntryID(now: World.now, using: &random)
    let item = try delivered("comp-1", .item())
    let discarded = try delivered("comp-1", .event(value: 5, minute: 1))
    let converted = try delivered("comp-1", .event(value: 6, minute: 2))
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
    let (history, entries) = (try outcomes(), try waiting())
    let all: [[EntryID]] = [[strange], item, neverSent, discarded, converted, expired]
    let taking = try take(report(all.flatMap(\.self)))
    #expect(taking == .taken(reopened: 0, unnamed: 0))
    #expect(try outcomes() == history)
    #expect(try waiting() == entries)
    #expect(try world.number("SELECT foreign_events FROM billing.stripe_rejections") == 2)
  }

  @Test("a connection that is lost inside COMMIT: read again, the report has one effect")
  func lostCommit() throws {
    let ids = try delivered("comp-1", .event(value: 5))
    let report = try report(ids)
    #expect(throws: OutboxError.self) { try take(report, failpoints: "\(OutboxStep.insideReopenCommit)=cut") }
    try eventually("the server is done with it") {
      _ = try take(report)
      return try waiting().count == 1
    }
    #expect(try take(report) == .known)
    #expect(try waiting() == ["comp-1 meter:order x archived_meter 5 0"])
  }

  @Test("reports are listed from a day before the last reading on, thirty days back at most; readings never go back")
  func cursor() throws {
    let rejections = Rejections(world.eye)
    let now = World.now
    #expect(try rejections.readTo() > now)
    try world.eye.execute("UPDATE billing.stripe_rejections_reading SET read_to = '2000-01-01'")
    #expect(try rejections.listSince(now: now) == now.adding(days: -30))
    try rejections.note(readTo: now.adding(seconds: -60))
    try rejections.note(readTo: now.adding(seconds: -7200))
    #expect(try rejections.listSince(now: now) == now.adding(seconds: -60 - 86_400))
    #expect(try rejections.listSince(now: now.adding(days: 90)) == now.adding(days: 60))
    // A clock that was set back does not make it look less far back.
    #expect(try rejections.listSince(now: now.adding(days: -2)) == now.adding(days: -3))
  }

  @Test("one session reads at a time")
  func turns() throws {
    let (one, other) = (try world.session(), try world.session())
    #expect(try Rejections(one).takeTurn())
    #expect(try !Rejections(other).takeTurn())
    one.close()
    try eventually("the other has its turn") { try Rejections(other).takeTurn() }
  }

  // MARK: Those that are not named

  /// Three that were delivered three hours ago, and a report that names one of so many.
  private func unnamed(_ events: Int64) throws -> (ids: [EntryID], group: UnnamedRejections.Group) {
    let ids = try delivered(
      "comp-1", .event(value: 5, minute: 1), .event(value: 6, minute: 2), .event(value: 7, minute: 3))
    try world.eye.execute("UPDATE billing.outbox_history SET last_attempt_at = now() - interval '3 hours'")
    let then = try now().adding(seconds: -3 * 3600)
    #expect(
      try take(report([ids[0]], events: events, window: then...then.adding(seconds: 10)))
        == .taken(reopened: 1, unnamed: events - 1))
    return (ids, try #require(try UnnamedRejections(world.eye).next(now: try now())))
  }

  private func settle(_ group: UnnamedRejections.Group, _ lost: [EntryID]) throws -> (reopened: Int, unfound: Int64) {
    var random = SystemRandomNumberGenerator()
    return try UnnamedRejections(world.eye).settle(group, lost: lost, now: try now(), using: &random)
  }

  @Test("candidates are what was sent at the time and passed for delivered, and nothing else")
  func candidates() throws {
    let (ids, group) = try unnamed(2)
    _ = try delivered("comp-2", .event(value: 1, minute: 5))
    let order = try #require(MetricName("order"))
    let unnamed = try UnnamedRejections(world.eye)
    #expect(try unnamed.candidates(group, metric: order)?.map(\.id) == Array(ids[1...]))
    #expect(try unnamed.candidates(group, metric: try #require(MetricName("storage")))?.isEmpty == true)
  }

  @Test("as many as Stripe has not named are dead; any other number is a person's to look at; the rest is told")
  func found() throws {
    for (events, lost, state, unfound) in [(2, 1, "x", 0), (2, 2, "u", 0), (4, 1, "u", 2), (2, 0, "", 1)] {
      let fresh = try RejectionTests()
      let (ids, group) = try fresh.unnamed(Int64(events))
      let settled = try fresh.settle(group, Array(ids[1...].prefix(lost)))
      #expect(settled == (lost, Int64(unfound)))
      let states = try fresh.world.texts(
        "SELECT state::text FROM billing.outbox_entries WHERE effect NOT LIKE '%\"5\"%' ORDER BY entry_no")
      #expect(states == Array(repeating: state, count: lost))
      #expect(try UnnamedRejections(fresh.world.eye).next(now: try fresh.now()) == nil)
      #expect(try fresh.settle(group, Array(ids[1...].prefix(lost))) == (0, 0))
    }
  }

  @Test("nothing is looked for before the summaries show what was sent")
  func tooEarly() throws {
    let ids = try delivered("comp-1", .event(value: 5))
    try take(report([], events: 1))
    let unnamed = try UnnamedRejections(world.eye)
    #expect(try unnamed.next(now: try now().adding(seconds: 7200)) == nil)
    #expect(try unnamed.next(now: try now().adding(seconds: 7300)) != nil)
    #expect(try world.entry(ids[0]) == "none")
  }
}
