import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Outbox

@Suite("Rejected meter events that Stripe does not name", .enabled(if: TestDatabase.isAvailable))
struct UnnamedRejectionTests {
  private let world: World

  init() throws { world = try World("comp-1", "comp-2") }

  /// Three that were delivered three hours ago, and a report that names one of so many.
  private func unnamed(_ events: Int64) throws -> (ids: [EntryID], group: UnnamedRejections.Group) {
    let ids = try world.delivered(
      "comp-1", .event(value: 5, minute: 1), .event(value: 6, minute: 2), .event(value: 7, minute: 3))
    try world.eye.execute("UPDATE billing.outbox_history SET last_attempt_at = now() - interval '3 hours'")
    let then = try world.now().adding(seconds: -3 * 3600)
    #expect(
      try world.take(world.report([ids[0]], events: events, window: then...then.adding(seconds: 10)))
        == .taken(reopened: 1, unnamed: events - 1))
    return (ids, try #require(try UnnamedRejections(world.eye).next(now: try world.now())))
  }

  private func settle(_ group: UnnamedRejections.Group, _ lost: [EntryID]) throws -> (reopened: Int, unfound: Int64) {
    var random = SystemRandomNumberGenerator()
    return try UnnamedRejections(world.eye).settle(group, lost: lost, now: try world.now(), using: &random)
  }

  @Test("candidates are what was sent at the time and passed for delivered, and nothing else")
  func candidates() throws {
    let (ids, group) = try unnamed(2)
    _ = try world.delivered("comp-2", .event(value: 1, minute: 5))
    let order = try #require(MetricName("order"))
    let unnamed = try UnnamedRejections(world.eye)
    #expect(try unnamed.candidates(group, metric: order)?.map(\.id) == Array(ids[1...]))
    #expect(try unnamed.candidates(group, metric: try #require(MetricName("storage")))?.isEmpty == true)
  }

  @Test("as many as Stripe has not named are dead; any other number is a person's to look at; the rest is told")
  func found() throws {
    for (events, lost, state, unfound) in [(2, 1, "x", 0), (2, 2, "u", 0), (4, 1, "u", 2), (2, 0, "", 1)] {
      let fresh = try UnnamedRejectionTests()
      let (ids, group) = try fresh.unnamed(Int64(events))
      let settled = try fresh.settle(group, Array(ids[1...].prefix(lost)))
      #expect(settled == (lost, Int64(unfound)))
      let states = try fresh.world.texts(
        "SELECT state::text FROM billing.outbox_entries WHERE effect NOT LIKE '%\"5\"%' ORDER BY entry_no")
      #expect(states == Array(repeating: state, count: lost))
      #expect(try UnnamedRejections(fresh.world.eye).next(now: try fresh.world.now()) == nil)
      #expect(try fresh.settle(group, Array(ids[1...].prefix(lost))) == (0, 0))
    }
  }

  @Test("nothing is looked for before the summaries show what was sent")
  func tooEarly() throws {
    let ids = try world.delivered("comp-1", .event(value: 5))
    try world.take(world.report([], events: 1))
    let unnamed = try UnnamedRejections(world.eye)
    #expect(try unnamed.next(now: try world.now().adding(seconds: 7200)) == nil)
    #expect(try unnamed.next(now: try world.now().adding(seconds: 7300)) != nil)
    #expect(try world.entry(ids[0]) == "none")
  }
}
