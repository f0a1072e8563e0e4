import Billing
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import Outbox

/// Two or three sessions, step by step: each step is seen to wait for the other before the next is made.
@Suite("Races for a sequence", .enabled(if: TestDatabase.isAvailable))
struct RaceTests {
  @Test("settling waits for a writer that has the sequence, and sees what it wrote: the sequence goes on")
  func writerFirst() throws {
    let world = try World("comp-1")
    try world.write("comp-1", .event())
    var claims = try world.claims()
    let claimed = try claims.claim(keys: 1)
    let writer = try world.session()
    try writer.begin()
    let id = try World.write("comp-1", [.event(minute: 1)], on: writer)[0]
    let settling = Errand(claims) { claims in _ = try claims.settle(claimed, .delivered(reference: nil)) }
    try withThread(settling.run) {
      try world.untilBlocked(settling.pid)
      try writer.commit()
    }
    try settling.check()
    #expect(try world.state("comp-1") == "w")
    var others = try world.claims()
    #expect(try others.claim(keys: 1).first?.entries.first?.id == id)
  }

  @Test("a writer waits for settling that has the sequence, and wakes it afterwards")
  func settlerFirst() throws {
    let world = try World("comp-1")
    let settled = try world.write("comp-1", .event())[0]
    var claims = try world.claims()
    let claimed = try claims.claim(keys: 1)
    // Settling is held up between the lock on the sequence and its end.
    let obstacle = try world.session()
    try obstacle.begin()
    _ = try obstacle.query("SELECT 1 FROM billing.outbox_entries WHERE entry_id = \(settled) FOR UPDATE")
    let settling = Errand(claims) { claims in _ = try claims.settle(claimed, .delivered(reference: nil)) }
    let writing = Errand(try World(world.database)) { world in try world.write("comp-1", .event(minute: 1)) }
    try withThread(settling.run) {
      try world.untilBlocked(settling.pid)
      try withThread(writing.run) {
        try world.untilBlocked(writing.pid)
        try obstacle.rollback()
      }
    }
    try settling.check()
    try writing.check()
    #expect(try world.state("comp-1") == "w")
    var others = try world.claims()
    #expect(try others.claim(keys: 1).count == 1)
  }

  @Test("entries of two writers are numbered in the order of their commits")
  func order() throws {
    let world = try World("comp-1")
    let first = try world.session()
    try first.begin()
    let early = try World.write("comp-1", [.event()], on: first)
    let second = Errand(try World(world.database)) { world in try world.write("comp-1", .event(minute: 1)) }
    try withThread(second.run) {
      try world.untilBlocked(second.pid)
      try first.commit()
    }
    try second.check()
    var claims = try world.claims()
    let claim = try #require(try claims.claim(keys: 1, entriesPerMeter: 9).first)
    #expect(claim.entries.map(\.id).first == early[0])
    #expect(claim.entries.count == 2)
  }

  @Test("a writer of a new sequence waits for a change of the company before it locks any: neither waits for the other")
  func writerDuringChange() throws {
    let world = try World("comp-1")
    try world.eye.execute("UPDATE billing.companies SET stripe_mode = 'off'")
    try world.write("comp-1", .event())
    var claims = try world.claims()
    #expect(try claims.claim(keys: 1).isEmpty)
    let changing = try world.session()
    try changing.begin()
    _ = try changing.query("SELECT 1 FROM billing.companies FOR UPDATE")
    let writing = Errand(try World(world.database)) { world in try world.write("comp-1", .event(minute: 1), .item()) }
    try withThread(writing.run) {
      try world.untilBlocked(writing.pid)
      try changing.execute("UPDATE billing.companies SET stripe_mode = 'live'")
      try OutboxHolds.release(try World.company("comp-1"), on: changing)
      try changing.commit()
    }
    try writing.check()
    #expect(try claims.claim(keys: 9).count == 2)
  }

  @Test("a change that comes while a claim holds the company's sequences waits for it, and lets them go")
  func releaseAfterClaim() throws {
    let world = try World()
    try world.add("comp-1", customer: "")
    try world.write("comp-1", .event())
    // The claim is held up after it has decided to hold: where it would make the customer.
    let obstacle = try world.session()
    try obstacle.begin()
    try obstacle.execute("INSERT INTO billing.outbox_keys (company_id, ordering_key) VALUES ('comp-1', 'customer')")
    let requirements = SendRequirements(createCustomers: true)
    let claiming = Errand(try world.claims(requirements)) { claims in _ = try claims.claim(keys: 5) }
    let change = Errand(try World(world.database)) { world in try world.setCustomer("comp-1") }
    try withThread(claiming.run) {
      try world.untilBlocked(claiming.pid)
      try withThread(change.run) {
        try world.untilBlocked(change.pid)
        try obstacle.rollback()
      }
    }
    try claiming.check()
    try change.check()
    #expect(try world.state("comp-1") == "w")
    var claims = try world.claims()
    #expect(try claims.claim(keys: 5).map(\.orderingKey.text) == ["meter:order"])
  }

  @Test("a claim that meets a change not yet committed neither sends nor holds, and sends after it")
  func claimDuringRelease() throws {
    let world = try World()
    try world.add("comp-1", customer: "")
    // One sequence was never written to before the change: no update of it could find it.
    let changing = try world.session()
    try changing.begin()
    try changing.execute("UPDATE billing.companies SET stripe_customer = 'cus_1'")
    try OutboxHolds.release(try World.company("comp-1"), on: changing)
    try world.write("comp-1", .event(), .event("invoice"))
    var claims = try world.claims()
    #expect(try claims.claim(keys: 5).isEmpty)
    #expect(try world.state("comp-1") == "w")
    try changing.commit()
    #expect(try claims.claim(keys: 5).count == 2)
  }

  @Test("a hold found out at Stripe does not stand when the company has another customer by then")
  func outdatedHold() throws {
    let world = try World("comp-1")
    try world.write("comp-1", .event())
    var claims = try world.claims()
    let claimed = try claims.claim(keys: 1)
    try world.setCustomer("comp-1")
    try claims.settle(claimed, .held(.noCustomer))
    #expect(try world.state("comp-1") == "w")
    #expect(try claims.claim(keys: 1).first?.stripeCustomer?.text == "cus_new")
  }
}

extension World {
  /// As `companies set` does it.
  func setCustomer(_ company: String) throws {
    try eye.begin()
    try eye.update("UPDATE billing.companies SET stripe_customer = 'cus_new' WHERE company_id = \(company)")
    try OutboxHolds.release(try Self.company(company), on: eye)
    try eye.commit()
  }
}

/// Work for another thread: what it works on goes there and is not touched here until it is done.
// @unchecked: the thread is joined before anything else touches the subject.
final class Errand<Subject>: @unchecked Sendable {
  let pid: Int32
  private var subject: Subject
  private let body: (inout Subject) throws -> Void
  private var failure: (any Error)?

  init(_ claims: Subject, _ body: @escaping (inout Subject) throws -> Void) where Subject == OutboxClaims {
    pid = claims.connection.backendPID
    subject = claims
    self.body = body
  }

  init(_ world: Subject, _ body: @escaping (inout Subject) throws -> Void) where Subject == World {
    pid = world.eye.backendPID
    subject = world
    self.body = body
  }

  var run: @Sendable () -> Void {
    {
      do { try self.body(&self.subject) } catch { self.failure = error }
    }
  }

  func check() throws {
    if let failure { throw failure }
  }
}
