import Billing
import Outbox
import TestBasics
import Testing

@testable import Stripe

@Suite("An effect against a Stripe that fails in every way")
struct DeliveryPropertyTests {
  enum Kind: CaseIterable, Sendable { case meterEvent, invoiceItem, invoice, customer }

  @Test(
    "Every entry ends with exactly one effect, or none where it expired, whatever is lost and however late the retry",
    arguments: Kind.allCases)
  func oneEffect(_ kind: Kind) throws {
    var ends: [ModelOutbox.End: Int] = [:]
    for seed in 0..<1000 as Range<UInt64> {
      let (end, count) = try run(kind, seed &+ UInt64(Kind.allCases.firstIndex(of: kind) ?? 0) << 32)
      switch end {
      case .delivered: try #require(count == 1, "seed \(seed): delivered, and \(count) effects")
      case .expired: try #require(count == 0, "seed \(seed): expired, and \(count) effects")
      case .waiting: try #require(count <= 1, "seed \(seed): waits for a person, and \(count) effects")
      }
      ends[end, default: 0] += 1
    }
    #expect(ends[.delivered, default: 0] > 300)
    #expect(kind != .meterEvent || ends[.expired, default: 0] > 100)
    #expect(ends[.waiting, default: 0] == 0)
  }

  private func run(_ kind: Kind, _ seed: UInt64) throws -> (ModelOutbox.End, Int) {
    var generator = SeededGenerator(seed: seed)
    let start = Entries.start
    func minutes(_ range: ClosedRange<Int64>) -> Instant {
      start.adding(seconds: Int64.random(in: range, using: &generator) * 60)
    }
    let isEvent = kind == .meterEvent
    let sendBefore = isEvent ? minutes(0...3600) : nil
    var outage = minutes(0...1800)..<minutes(1800...4000)
    let isEdge = Bool.random(using: &generator)
    if isEdge {
      // Stripe comes back, in pieces, just before the key or the time to send ends.
      let edge = sendBefore ?? start.adding(seconds: 23 * 3600)
      outage = start..<max(start, edge.adding(seconds: -Int64.random(in: 0...1200, using: &generator)))
    }
    var stripe = ModelStripe(
      seed: seed &* 31,
      faults: ModelStripe.Faults(
        share: Int.random(in: 10...95, using: &generator), slow: isEdge ? 60 : 0, end: minutes(60...4800),
        outage: outage),
      summaryLag: Int64.random(in: 0...3000, using: &generator))
    var row = ModelOutbox(
      id: Entries.id(seed), effect: try effect(kind), sendBefore: sendBefore,
      isPausedAtTimes: Bool.random(using: &generator), now: start)
    for _ in 0..<20_000 {
      if row.attempts == 12, outage.contains(row.now) { row.skip(to: outage.upperBound.adding(seconds: -1800)) }
      guard let end = try row.claim(&stripe, &generator) else { continue }
      return (end, stripe.count(of: row.id))
    }
    throw Unfinished()
  }

  private struct Unfinished: Error {}

  private func effect(_ kind: Kind) throws -> Effect {
    switch kind {
    case .meterEvent: try Entries.meterEvent()
    case .invoiceItem: try Entries.invoiceItem()
    case .invoice: try Entries.invoice()
    case .customer: .customer
    }
  }
}
