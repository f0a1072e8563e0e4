import Testing

@testable import Workers

@Suite("Concurrency backs off when Stripe says so")
struct ConcurrencyLimitTests {
  @Test("A complaint halves it, and those about requests sent before are passed over")
  func complaint() {
    var limit = ConcurrencyLimit(greatest: 64)
    let now = ContinuousClock.now
    limit.noteComplaint(now: now)
    limit.noteComplaint(now: now + .milliseconds(10))
    #expect(limit.current == 32)
    limit.noteComplaint(now: now + .seconds(2))
    #expect(limit.current == 16)
  }

  @Test("It never falls below one, and rises by one for each full round, to where it began")
  func riseAndFall() {
    var limit = ConcurrencyLimit(greatest: 3)
    var now = ContinuousClock.now
    for _ in 0..<10 {
      now += .seconds(2)
      limit.noteComplaint(now: now)
    }
    #expect(limit.current == 1)
    limit.noteAnswer()
    #expect(limit.current == 2)
    limit.noteAnswer()
    #expect(limit.current == 2)
    for _ in 0..<100 { limit.noteAnswer() }
    #expect(limit.current == 3)
  }
}
