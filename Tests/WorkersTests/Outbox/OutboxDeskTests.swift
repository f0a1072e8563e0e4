import Billing
import Outbox
import Testing

@testable import Workers

@Suite("The desk between clerk and sender")
struct OutboxDeskTests {
  @Test("Claims that the sender has left behind, or that come after it has left, are unsent")
  func senderGone() throws {
    let desk = OutboxDesk(clerkBell: Doorbell())
    desk.hand([try claim(1)])
    desk.closeSender()
    #expect(desk.takeSettlements().map(\.outcome) == [.unsent])
    #expect(desk.isSenderDone)
    desk.hand([try claim(2)])
    #expect(!desk.isSenderDone)
    #expect(desk.takeSettlements().map(\.entryNumber) == [2])
    #expect(desk.isSenderDone)
    #expect(desk.outstanding(.others) == 0)
  }

  @Test("A claim that the sender has taken is the sender's")
  func taken() throws {
    let desk = OutboxDesk(clerkBell: Doorbell())
    desk.hand([try claim(1)])
    #expect(desk.takeClaims().count == 1)
    desk.closeSender()
    #expect(desk.takeSettlements().isEmpty)
    #expect(desk.outstanding(.others) == 1)
  }

  private func claim(_ number: Int64) throws -> Claim {
    var generator = SystemRandomNumberGenerator()
    let id = EntryID(now: Instant(microseconds: 0), using: &generator)
    let entry = ClaimedEntry(
      entryNumber: number, id: id, effect: .customer, attempts: 1, firstAttemptAt: nil)
    let now = ContinuousClock.now
    return Claim(
      company: try #require(CompanyID("acme")), orderingKey: .customer, token: 1, claimedAt: now,
      leaseEnds: now + .seconds(60), entries: [entry])
  }
}
