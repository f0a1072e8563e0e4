import Billing
import Outbox
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
    for seed in 0..<3000 as Range<UInt64> {
      let (end, count) = try run(kind, seed)
      switch end {
      case .delivered: try #require(count == 1, "seed \(seed): delivered, and \(count) effects")
      case .expired: try #require(count == 0, "seed \(seed): expired, and \(count) effects")
      case .waiting: try #require(count <= 1, "seed \(seed): waits for a person, and \(count) effects")
      }
      ends[end, default: 0] += 1
    }
    #expect(ends[.delivered, default: 0] > 2000)
    #expect(kind != .meterEvent || ends[.expired, default: 0] > 10)
    #expect(ends[.waiting, default: 0] == 0)
  }

  private func run(_ kind: Kind, _ seed: UInt64) throws -> (ModelOutbox.End, Int) {
    var generator = SeededGenerator(seed: seed)
    let start = Entries.start
    func hours(_ range: ClosedRange<Int64>) -> Instant {
      start.adding(seconds: Int64.random(in: range, using: &generator) * 3600)
    }
    let outageStart = hours(0...30)
    let outageHours = Int64.random(in: 0...48, using: &generator)
    var stripe = ModelStripe(
      seed: seed &* 31,
      faults: ModelStripe.Faults(
        share: Int.random(in: 10...90, using: &generator), end: hours(1...80),
        outage: outageStart..<outageStart.adding(seconds: outageHours * 3600)),
      summaryLag: Int64.random(in: 0...3000, using: &generator))
    let isEvent = kind == .meterEvent
    var row = ModelOutbox(
      id: Entries.id(seed), effect: try effect(kind), sendBefore: isEvent ? hours(0...60) : nil, now: start)
    for _ in 0..<20_000 {
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
