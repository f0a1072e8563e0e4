import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Outbox

@Suite("Settling", .enabled(if: TestDatabase.isAvailable))
struct SettleTests {
  private static let problem = Problem("test")

  @Test("what was delivered is in the history with Stripe's answer, once, and its sequence is idle")
  func delivered() throws {
    let world = try World("comp-1")
    let ids = try world.write("comp-1", .item())
    var claims = try world.claims()
    let claim = try #require(try claims.claim(keys: 1).first)
    let reference = try #require(RemoteID("ii_1"))
    let answer = Answer(status: 200, requestID: RemoteID("req_1"))
    let entry = try #require(claim.entries.first)
    let report = try claims.settle([Settlement(claim, entry, .delivered(reference: reference), answer: answer)])
    #expect(report == SettleReport(settled: 1, lost: []))
    #expect(try world.entry(ids[0]) == "none")
    #expect(try world.state("comp-1", "items") == "i")
    let record = try OutboxReader(world.eye).show(ids[0])
    #expect(record.state == .delivered)
    #expect(record.reference == reference)
    #expect(record.answer == answer)
    #expect(record.attempts == 1)
    #expect(try record.effect == .item())
    #expect(try world.number("SELECT count(*) FROM billing.outbox_history") == 1)
    try world.write("comp-1", .item())
    #expect(try claims.claim(keys: 1).count == 1)
  }

  @Test(
    "each outcome leaves the entry, its attempts and its key as it must, and a follower goes on unless all must wait",
    arguments: [
      (Outcome.unsent, "q 0 0 never", "w"),
      (.retryLater(after: .seconds(9), problem: problem), "q 1 0 test perhaps", "d"),
      (.sendAgain, "q 1 1 never", "w"), (.unknown(problem), "u 1 0 test perhaps", "w"),
      (.dead(problem), "x 1 0 test perhaps", "w"), (.expired, "e 1 0 perhaps", "w"),
      (.held(.noCustomer), "q 0 0 never", "h no_customer"), (.delivered(reference: nil), "none", "w"),
      (.deliveredBefore(reference: nil), "none", "w"),
    ])
  func outcomes(_ outcome: Outcome, _ entry: String, _ sequence: String) throws {
    let world = try World("comp-1")
    let ids = try world.write("comp-1", .event(), .event(minute: 1))
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), outcome)
    #expect(try world.entry(ids[0]) == entry)
    #expect(try world.state("comp-1") == sequence)
    let isFollowed = entry.first == "u" || entry.first == "x" || entry.first == "e" || entry == "none"
    let next = try claims.claim(keys: 1).first?.entries.first?.id
    #expect(next == (sequence == "w" ? (isFollowed ? ids[1] : ids[0]) : nil))
  }

  @Test("an attempt that was not made leaves former attempts as they were")
  func unsentLater() throws {
    let world = try World("comp-1")
    let ids = try world.write("comp-1", .event())
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), .retryLater(after: .zero, problem: Self.problem))
    let first = try OutboxReader(world.eye).show(ids[0]).firstAttemptAt
    try claims.settle(try claims.claim(keys: 1), .unsent)
    let record = try OutboxReader(world.eye).show(ids[0])
    #expect(record.attempts == 1)
    #expect(first != nil)
    #expect(record.firstAttemptAt == first)
  }

  @Test("entries of one claim have outcomes of their own; the sequence waits as long as the longest asks")
  func mixed() throws {
    let world = try World("comp-1")
    let ids = try world.write("comp-1", .event(), .event(minute: 1), .event(minute: 2))
    var claims = try world.claims()
    let claim = try #require(try claims.claim(keys: 1, entriesPerMeter: 3).first)
    let outcomes: [Outcome] = [
      .retryLater(after: .seconds(1), problem: Self.problem), .delivered(reference: nil),
      .retryLater(after: .seconds(1000), problem: Self.problem),
    ]
    _ = try claims.settle(zip(claim.entries, outcomes).map { Settlement(claim, $0, $1) })
    #expect(try ids.map { try world.entry($0) } == ["q 1 0 test perhaps", "none", "q 1 0 test perhaps"])
    let wait = "SELECT extract(epoch FROM due_at - now())::bigint FROM billing.outbox_keys" as SQL
    #expect((900...1000).contains(try world.number(wait)))
  }

  @Test("who comes too late changes nothing and is told so")
  func fencing() throws {
    let world = try World("comp-1", "comp-2")
    try world.write("comp-1", .event())
    try world.write("comp-2", .event())
    var late = try world.claims(lease: .zero)
    let lost = try late.claim(keys: 2)
    #expect(lost.count == 2)
    var claims = try world.claims()
    let claim = try #require(try claims.claim(keys: 1).first)
    let report = try late.settle(lost, .delivered(reference: nil))
    #expect(report.settled == 1)
    #expect(report.lost.map(\.company) == [claim.company])
    #expect(try world.number("SELECT count(*) FROM billing.outbox_history") == 1)
    #expect(try claims.settle([claim], .delivered(reference: nil)).settled == 1)
    #expect(try claims.settle([claim], .dead(Self.problem)).lost.count == 1)
    #expect(try world.number("SELECT count(*) FROM billing.outbox_history") == 2)
    #expect(try world.number("SELECT count(*) FROM billing.outbox_entries") == 0)
  }

  @Test("a settlement whose COMMIT's answer is lost is found to be made, or is made, when it is given again")
  func unknownCommit() throws {
    let world = try World("comp-1")
    try world.write("comp-1", .event())
    var dying = try world.claims(failpoints: "outbox.inside_settle_commit=cut")
    let claimed = try dying.claim(keys: 1)
    #expect(throws: OutboxError.self) { try dying.settle(claimed, .delivered(reference: nil)) }
    var claims = try world.claims()
    let report = try claims.settle(claimed, .delivered(reference: nil))
    #expect(report.settled + report.lost.count == 1)
    try eventually("the entry is settled") { try world.number("SELECT count(*) FROM billing.outbox_history") == 1 }
    #expect(try world.number("SELECT count(*) FROM billing.outbox_entries") == 0)
    #expect(try world.state("comp-1") == "i")
  }

  @Test("dead, unknown and expired entries in any number do not keep the ones behind from going out")
  func followers() throws {
    let world = try World("comp-1")
    try world.eye.begin()
    let ids = try World.write("comp-1", try (0..<40).map { try .event(minute: $0) }, on: world.eye)
    try world.eye.commit()
    var claims = try world.claims()
    for outcome in [Outcome.dead(Self.problem), .unknown(Self.problem), .expired] {
      for _ in 0..<13 { try claims.settle(try claims.claim(keys: 1), outcome) }
    }
    #expect(try claims.claim(keys: 1).first?.entries.first?.id == ids[39])
    let depth = try OutboxDepth.read(world.eye).backlogs.mapValues(\.entries)
    #expect(depth == [.queued: 1, .dead: 13, .unknown: 13, .expired: 13])
  }

  @Test("lines of an invoice wait until Stripe has named it, finalization too; lines without one do not")
  func invoice() throws {
    let world = try World("comp-1")
    let ids = try world.write("comp-1", .invoice(17), .item(invoice: 17), .finalize(17), .item())
    var claims = try world.claims()
    var seen: [EntryID] = []
    for reference in ["in_1", "ii_1", "in_1", "ii_2"] {
      let claim = try #require(try claims.claim(keys: 1).first)
      #expect(claim.invoiceReference?.id?.text == (seen.isEmpty || seen.count == 3 ? nil : "in_1"))
      seen.append(try #require(claim.entries.first).id)
      try claims.settle([claim], .delivered(reference: RemoteID(reference)))
    }
    #expect(seen == ids)
  }

  @Test(
    "lines of an adopted draft are attached to it; once it is lost, that one and all behind it are the next invoice's")
  func adopted() throws {
    let world = try World("comp-1")
    let ids = try world.write("comp-1", .adopt(17), .item(invoice: 17), .item(invoice: 17), .item(invoice: 17))
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), .deliveredBefore(reference: RemoteID("in_1")))
    let draft = InvoiceReference.adopted(try #require(RemoteID("in_1")))
    let outcomes: [(Outcome, InvoiceReference, Int)] = [
      (.delivered(reference: nil), draft, 1), (.retryLater(after: .zero, problem: Self.problem), draft, 2),
      (.nextInvoice, draft, 2), (.delivered(reference: nil), .nextInvoice, 2),
      (.delivered(reference: nil), .nextInvoice, 3),
    ]
    var generations: [Int] = []
    for (outcome, reference, place) in outcomes {
      let claim = try #require(try claims.claim(keys: 1).first)
      let entry = try #require(claim.entries.first)
      #expect(claim.invoiceReference == reference && entry.id == ids[place])
      generations.append(entry.keyGeneration)
      // Nothing of it is at Stripe: its next attempt is a first one again.
      if reference == .nextInvoice { #expect(entry.firstAttemptAt == nil) }
      try claims.settle([claim], outcome)
    }
    #expect(generations == [0, 0, 0, 1, 0])
  }

  @Test("a draft that is not there leaves its lines to the next invoice; one that we made is never given up so")
  func notAdopted() throws {
    let world = try World("comp-1")
    try world.write("comp-1", .adopt(17), .item(invoice: 17), .invoice(18), .item(invoice: 18))
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), .deliveredBefore(reference: nil))
    let claim = try #require(try claims.claim(keys: 1).first)
    #expect(claim.invoiceReference == .nextInvoice)
    try claims.settle([claim], .delivered(reference: nil))
    try claims.settle(try claims.claim(keys: 1), .delivered(reference: RemoteID("in_2")))
    try claims.settle(try claims.claim(keys: 1), .nextInvoice)
    let again = try #require(try claims.claim(keys: 1).first)
    #expect(again.invoiceReference == .made(try #require(RemoteID("in_2"))))
  }
}
