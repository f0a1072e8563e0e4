import Testing

@testable import StripeSimulator

@Suite struct SlidingMaximumTests {
  @Test("a second that begins anywhere counts, not only a clock's")
  func anySecond() {
    var rate = SlidingMaximum()
    for index in 0..<10 { rate.add(1, at: 5_900_000 + Int64(index)) }
    for index in 0..<10 { rate.add(1, at: 6_100_000 + Int64(index)) }
    #expect(rate.maximum == 20 && rate.total == 20)
    #expect(rate.seconds.map(\.count) == [10, 10] && rate.seconds.map(\.second) == [5, 6])
  }

  @Test("a second has its begin and not its end")
  func edges() {
    var rate = SlidingMaximum()
    rate.add(3, at: 1_000_000)
    rate.add(4, at: 2_000_000)
    #expect(rate.maximum == 4)
    rate.add(5, at: 2_999_999)
    #expect(rate.maximum == 9)
  }

  @Test("a long even load has its rate as the most, and is not remembered whole")
  func evenLoad() {
    var rate = SlidingMaximum()
    for index in 0..<100_000 { rate.add(1, at: Int64(index) * 1000) }
    #expect(rate.maximum == 1000 && rate.total == 100_000 && rate.seconds.count == 100)
  }
}
