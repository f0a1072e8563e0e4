import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Outbox

@Suite("Which of Stripe's reports are to be read", .enabled(if: TestDatabase.isAvailable))
struct RejectionReadingTests {
  private let world: World

  init() throws { world = try World("comp-1") }

  @Test("a report that cannot be read is kept, asked for hourly for thirty days, and taken once it can be read")
  func unreadable() throws {
    let ids = try world.delivered("comp-1", .event(value: 5))
    let rejections = Rejections(world.eye)
    let report = try world.report(ids)
    let unreadable = RejectionReport(unreadable: report.event, createdAt: report.createdAt)
    #expect(try world.take(unreadable) == .taken(.init(unnamed: 1)))
    #expect(try world.take(unreadable) == .known)
    #expect(try rejections.unreadable().isEmpty)
    try world.eye.execute("UPDATE billing.stripe_rejections SET read_at = now() - interval '1 hour'")
    #expect(try rejections.unreadable().map(\.event) == [report.event])
    try world.eye.execute("UPDATE billing.stripe_rejections SET created_at = now() - interval '30 days'")
    #expect(try rejections.unreadable().isEmpty)
    #expect(try world.take(report) == .taken(.init(reopened: 1)))
    #expect(try RejectionRecord.list(world.eye, limit: 10).map(\.problem) == [World.archived])
    #expect(try world.take(report) == .known)
  }

  @Test("reports are listed from a day before the last reading on, thirty days back at most; readings never go back")
  func cursor() throws {
    let rejections = Rejections(world.eye)
    let first = try rejections.begin()
    // At first nothing is known: all that Stripe lists is read.
    #expect(first.since == first.began.adding(days: -30))
    #expect(try rejections.readingAge() >= .seconds(30 * 86_400))
    let now = try world.now()
    try rejections.note(readTo: now.adding(seconds: -60))
    try rejections.note(readTo: now.adding(seconds: -7200))
    #expect(try rejections.begin().since == now.adding(seconds: -60 - 86_400))
    // A clock that was set back does not make it look less far back.
    try rejections.note(readTo: now.adding(days: 2))
    let later = try rejections.begin()
    #expect(later.since == later.began.adding(days: -1))
    #expect(try rejections.readingAge() == .zero)
  }

  @Test("one session reads at a time")
  func turns() throws {
    let (one, other) = (try world.session(), try world.session())
    #expect(try Rejections(one).takeTurn())
    #expect(try !Rejections(other).takeTurn())
    one.close()
    try eventually("the other has its turn") { try Rejections(other).takeTurn() }
  }
}
