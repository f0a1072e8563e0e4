import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("The event outbox", .enabled(if: TestDatabase.isAvailable))
struct EventOutboxTests {
  private func outbox(_ world: World) throws -> EventOutbox {
    EventOutbox(try .forLedger(world.database.configuration))
  }

  @Test("events are claimed in the order of their commits, and gone once published")
  func order() throws {
    let world = try World(registering: ["b", "a"])
    let ledger = try world.replica()
    for company in ["b", "a"] { try ledger.write([Sample.record("x", "order", "12000", company: company)]) }
    let outbox = try outbox(world)
    let events = try outbox.claim(limit: 10)
    #expect(events.map(\.company.text) == ["b", "b", "a", "a"])
    #expect(events.map(\.id) == events.map(\.id).sorted())
    try outbox.settle(events, [.published, .published, .published, .published])
    #expect(try outbox.claim(limit: 10).isEmpty)
    try outbox.release()
  }

  @Test("an event that no queue takes is kept with its problem and tried again later")
  func kept() throws {
    let world = try World()
    try world.replica().write([Sample.record("x", "order", "12000")])
    let outbox = try outbox(world)
    let events = try outbox.claim(limit: 10)
    try outbox.settle(events, [.kept(problem: "unroutable"), .published])
    #expect(try world.texts("SELECT problem || attempts FROM billing.event_outbox") == ["unroutable1"])
    #expect(try world.number("SELECT count(*) FROM billing.event_outbox WHERE next_attempt_at > now()") == 1)
    try world.eye.execute("UPDATE billing.event_outbox SET next_attempt_at = now()")
    #expect(try outbox.claim(limit: 10).map(\.messageID) == [events[0].messageID])
    try outbox.release()
  }

  @Test("whoever claims next has what a dead claimer left, and what was committed while it waited")
  func sweptUp() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Sample.record("x", "order", "8000")])
    var dead: EventOutbox? = try outbox(world)
    #expect(try dead?.claim(limit: 10).count == 1)
    let barrier = Barrier(2)
    try inParallel(2) { [database = world.database] index in
      if index == 0 {
        let outbox = EventOutbox(try .forLedger(database.configuration))
        try barrier.wait()
        #expect(try outbox.claim(limit: 10).count == 2)
        try outbox.release()
      } else {
        let eye = try database.connect()
        try barrier.wait()
        // Only once the claimer stands in line is the second event committed, and the first claimer dies.
        try waitUntil("the claimer waits") {
          try eye.query("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)").one()
            .decode(Bool.self, at: 0)
        }
        try database.replica().write([Sample.record("y", "order", "4000")])
        _ = try eye.query(
          """
          SELECT pg_terminate_backend(pid) FROM pg_locks
          WHERE locktype = 'advisory' AND objid = 3 AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          """)
      }
    }
    dead = nil
  }
}
