import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Outbox

@Suite("What people decide", .enabled(if: TestDatabase.isAvailable))
struct AdministrationTests {
  private static let problem = Problem("test")

  @discardableResult
  private func within<Value>(_ world: World, _ body: (OutboxAdministration) throws -> Value) throws -> Value {
    try world.eye.begin()
    do {
      let value = try body(OutboxAdministration(world.eye))
      try world.eye.commit()
      return value
    } catch {
      try world.eye.rollback()
      throw error
    }
  }

  @Test("a dead entry goes out after a retry, and an unknown one, each under a new key", arguments: [true, false])
  func retry(_ isDead: Bool) throws {
    let world = try World("comp-1")
    let id = try world.write("comp-1", .item())[0]
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), isDead ? .dead(Self.problem) : .unknown(Self.problem))
    #expect(try claims.claim(keys: 1).isEmpty)
    try within(world) { try $0.retry(id) }
    let entry = try #require(try claims.claim(keys: 1).first?.entries.first)
    #expect(entry.id == id)
    #expect((entry.attempts, entry.keyGeneration) == (2, 1))
    #expect(entry.firstAttemptAt == nil)
  }

  @Test("an entry that waits for its next attempt gets it at once, as the repetition that it is")
  func retryDelayed() throws {
    let world = try World("comp-1")
    let id = try world.write("comp-1", .item())[0]
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), .retryLater(after: .seconds(1000), problem: Self.problem))
    try within(world) { try $0.retry(id) }
    let entry = try #require(try claims.claim(keys: 1).first?.entries.first)
    #expect(entry.keyGeneration == 0)
    #expect(entry.firstAttemptAt != nil)
  }

  @Test("what is retried while its sequence is held stays held")
  func retryHeld() throws {
    let world = try World("comp-1")
    let id = try world.write("comp-1", .event(), .event(minute: 1))[0]
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), .dead(Self.problem))
    try world.eye.execute("UPDATE billing.companies SET stripe_mode = 'off'")
    #expect(try claims.claim(keys: 1).isEmpty)
    try within(world) { try $0.retry(id) }
    #expect(try world.state("comp-1") == "h off")
  }

  @Test("a discarded entry is kept with the reason and who gave it; it cannot be decided on again")
  func discard() throws {
    let world = try World("comp-1")
    let ids = try world.write("comp-1", .event(), .event(minute: 1))
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), .unknown(Self.problem))
    for id in ids { try within(world) { try $0.discard(id, reason: "billed by hand", by: "ann") } }
    #expect(try world.state("comp-1") == "i")
    for id in ids {
      #expect(try OutboxReader(world.eye).show(id).state == .discarded(reason: "billed by hand", by: "ann"))
      #expect(throws: OutboxError.alreadySettled(id)) { try within(world) { try $0.retry(id) } }
      #expect(throws: OutboxError.alreadySettled(id)) { try within(world) { try $0.discard(id, reason: "x", by: "x") } }
    }
    #expect(try OutboxReader(world.eye).show(ids[0]).problem == Self.problem)
  }

  @Test("what is being sent cannot be discarded; whoever had it too long settles it no more once it is")
  func discardLeased() throws {
    let world = try World("comp-1")
    let id = try world.write("comp-1", .event())[0]
    var claims = try world.claims()
    let claimed = try claims.claim(keys: 1)
    #expect(throws: OutboxError.beingSent(id)) { try within(world) { try $0.discard(id, reason: "x", by: "x") } }
    try world.eye.execute("UPDATE billing.outbox_keys SET lease_until = now()")
    try within(world) { try $0.discard(id, reason: "x", by: "x") }
    #expect(try claims.settle(claimed, .delivered(reference: nil)).lost.count == 1)
    #expect(try world.number("SELECT count(*) FROM billing.outbox_history") == 1)
  }

  @Test("an unknown id, and an entry that expired, are refused by name")
  func refused() throws {
    let world = try World("comp-1")
    let id = try #require(EntryID("01943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d2"))
    #expect(throws: OutboxError.unknownEntry(id)) { try within(world) { try $0.retry(id) } }
    let late = try world.write("comp-1", .event())[0]
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), .expired)
    #expect(throws: OutboxError.expired(late)) { try within(world) { try $0.retry(late) } }
  }

  @Test("pausing all, or one company, stops sending; resuming starts it again")
  func pauses() throws {
    let world = try World("comp-1", "comp-2")
    try world.write("comp-1", .event())
    try world.write("comp-2", .event())
    let one = try World.company("comp-1")
    var claims = try world.claims()
    try within(world) { try $0.pause(nil, by: "ann") }
    #expect(try claims.claim(keys: 9).isEmpty)
    try within(world) { try $0.pause(one, by: "ann") }
    #expect(try within(world) { try $0.resume(nil) })
    #expect(try claims.claim(keys: 9).map(\.company.text) == ["comp-2"])
    #expect(try world.state("comp-1") == "h paused")
    #expect(try within(world) { try $0.resume(one) })
    #expect(try !within(world) { try $0.resume(one) })
    #expect(try claims.claim(keys: 9).map(\.company.text) == ["comp-1"])
  }

  @Test("lists name what stands where, by page; the history too")
  func lists() throws {
    let world = try World("comp-1", "comp-2")
    try world.write("comp-1", .event(), .event("invoice"), .item())
    let delivered = try world.write("comp-2", .event())
    var claims = try world.claims()
    let claimed = try claims.claim(keys: 9)
    for claim in claimed {
      let outcome: Outcome =
        switch claim.orderingKey.text {
        case "items": .dead(Self.problem)
        case "meter:invoice": .retryLater(after: .seconds(1000), problem: Self.problem)
        default: claim.company.text == "comp-2" ? .delivered(reference: nil) : .unknown(Self.problem)
        }
      try claims.settle([claim], outcome)
    }
    let reader = try OutboxReader(world.eye)
    #expect(try reader.list(.dead).map(\.orderingKey) == [.items])
    #expect(try reader.list(.unknown).map(\.state) == [.unknown])
    #expect(try reader.list(.expired).isEmpty)
    #expect(try reader.list(.queued).isEmpty)
    let delayed = try reader.list(.delayed)
    #expect(delayed.count == 1)
    guard case .delayed = delayed.first?.state else { throw TestFailure("the entry is not delayed") }
    let all = try reader.list(.all, limit: 2)
    #expect(try all + reader.list(.all, after: .init(after: try #require(all.last))) == reader.list(.all))
    #expect(try reader.list(.all).count == 3)
    #expect(try reader.list(.all, company: World.company("comp-2")).isEmpty)
    #expect(try reader.history(World.company("comp-2")).map(\.id) == delivered)
  }

  @Test("what expired, or was held past its time and never sent, is converted once; what may have arrived is left")
  func conversions() throws {
    let world = try World("comp-1")
    let past = World.now.adding(seconds: -1)
    let ids = try world.write(
      "comp-1", .event(), .event(minute: 1), .event(minute: 2), .event(minute: 3), sendBefore: past)
    let later = try world.write("comp-1", .event(minute: 4), sendBefore: World.now)
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), .expired)
    let company = try World.company("comp-1")
    let overdue = try OverdueMeterEntries(world.eye)
    let found = try overdue.find([company], now: World.now)
    #expect(Set(found.map(\.id)) == Set(ids))
    // Somebody is sending from the sequence.
    let claimed = try claims.claim(keys: 1)
    try world.eye.begin()
    #expect(try overdue.lock(found, now: World.now).isEmpty)
    try world.eye.rollback()
    try claims.settle(claimed, .retryLater(after: .zero, problem: Self.problem))
    try world.eye.execute("UPDATE billing.companies SET stripe_mode = 'shadow'")
    #expect(try claims.claim(keys: 1).isEmpty)

    #expect(try overdue.find([company], now: past).map(\.id) == [ids[0]])
    try world.eye.begin()
    let locked = try overdue.lock(found, now: World.now)
    #expect(Set(locked.map(\.id)) == [ids[0], ids[2], ids[3]])
    let successor = try World.write("comp-1", [.item()], on: world.eye)[0]
    try overdue.settle(locked.map { .init(entry: $0, into: $0.id == ids[3] ? nil : successor) })
    #expect(try overdue.lock(found, now: World.now).isEmpty)
    try world.eye.commit()
    #expect(try OutboxReader(world.eye).show(ids[2]).state == .converted(into: successor))
    #expect(try OutboxReader(world.eye).show(ids[3]).state == .converted(into: nil))
    #expect(try world.entry(ids[1]) == "q 1 0 test perhaps")
    #expect(try world.entry(later[0]) == "q 0 0 never")
    // The hold was the first entry's matter, which has left: it is decided anew.
    #expect(try world.state("comp-1") == "w")
    #expect(try overdue.find([company], now: World.now).isEmpty)
  }
}
