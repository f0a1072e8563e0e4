import Testing

@testable import StripeSimulator

@Suite struct UsageSeriesTests {
  @Test("usage in any order comes to the same: minutes are told apart, and the end is not included")
  func order() {
    let events: [(time: Int, value: Int)] = [(59, 1), (60, 2), (119, 4), (120, 8), (0, 16), (-1, 32), (7200, 64)]
    for turn in events.indices {
      var series = UsageSeries()
      for event in events[turn...] + events[..<turn] { series.add(Decimal(event.value), at: event.time) }
      #expect(series.total(.sum, from: 0, to: 60) == Decimal(17))
      #expect(series.total(.sum, from: 60, to: 120) == Decimal(6))
      #expect(series.total(.sum, from: -60, to: 7260) == Decimal(127))
      #expect(series.total(.count, from: 0, to: 120) == Decimal(4))
      #expect(series.total(.last, from: 0, to: 7200) == Decimal(8))
      #expect(series.total(.sum, from: 180, to: 7200) == .zero)
      #expect(series.total(.sum, from: 120, to: 60) == .zero)
      #expect(series.windows(of: 3600, from: 0, to: 10_800) == [0, 7200])
    }
  }

  @Test("of two at one time the one that arrived last holds")
  func ties() {
    var series = UsageSeries()
    series.add(Decimal(1), at: 30)
    series.add(Decimal(2), at: 30)
    series.add(Decimal(3), at: 29)
    #expect(series.total(.last, from: 0, to: 60) == Decimal(2))
  }
}
