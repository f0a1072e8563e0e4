import Testing

@testable import StripeSimulator

@Suite("What is due")
struct DueQueueTests {
  @Test("events come in the order of their time, and at one time in the order of adding, whatever the order before")
  func order() {
    var queue = DueQueue()
    var random = SeededRandom(seed: 7)
    var expected: [(time: Int, name: Int)] = []
    for name in 0..<500 {
      let time = Int.random(in: 0..<50, using: &random)
      queue.add(.cycle(subscription: String(name)), at: time)
      expected.append((time, name))
    }
    expected.sort { ($0.time, $0.name) < ($1.time, $1.name) }
    for (time, name) in expected {
      #expect(queue.next == time)
      let taken = queue.take(at: 100)
      #expect(taken?.time == time)
      guard case .cycle(let subscription)? = taken?.event else {
        Issue.record("no event")
        return
      }
      #expect(subscription == String(name))
    }
    #expect(queue.take(at: 100) == nil)
  }

  @Test("nothing comes before its time")
  func patience() {
    var queue = DueQueue()
    queue.add(.finalize(invoice: "in_1"), at: 10)
    #expect(queue.take(at: 9) == nil)
    #expect(queue.take(at: 10)?.time == 10)
  }
}
