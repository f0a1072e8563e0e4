import Testing

@testable import StripeSimulator

@Suite("Billing cycles")
struct BillingCycleTests {
  @Test(
    "times and their parts of the calendar are each other's", arguments: [0, 86_399, 951_782_400, 4_102_444_800, -1])
  func calendar(timestamp: Int) {
    #expect(CalendarTime(timestamp: timestamp).timestamp == timestamp)
  }

  @Test("an anchor on the 31st is the last day of shorter months, and does not wander")
  func shortMonths() throws {
    let cycle = BillingCycle(anchor: day(2025, 1, 31), interval: .month, count: 1)
    #expect(
      (0...4).map(cycle.boundary) == [
        day(2025, 1, 31), day(2025, 2, 28), day(2025, 3, 31), day(2025, 4, 30), day(2025, 5, 31),
      ])
    #expect(cycle.boundary(-11) == day(2024, 2, 29))
  }

  @Test("a wished day of the month outlives an anchor in a short month")
  func wishedDay() {
    let cycle = BillingCycle(anchor: day(2025, 2, 28), interval: .month, count: 1, dayOfMonth: 31)
    #expect(cycle.boundary(1) == day(2025, 3, 31))
  }

  @Test("the period of any second contains it, and periods leave no gap", arguments: BillingInterval.allCases, [1, 3])
  func periods(interval: BillingInterval, count: Int) {
    let cycle = BillingCycle(anchor: day(2024, 2, 29) + 3601, interval: interval, count: count)
    var time = day(2015, 1, 1)
    while time < day(2033, 1, 1) {
      let period = cycle.period(containing: time)
      #expect(period.start <= time && time < period.end)
      #expect(cycle.period(containing: period.end).start == period.end)
      #expect(cycle.period(containing: period.end - 1) == period)
      time += 7 * 86_400 + 12_345
    }
  }

  @Test("a stretch is cut at the boundaries, its ends left as they are")
  func cutting() {
    let cycle = BillingCycle(anchor: day(2025, 1, 1), interval: .month, count: 1)
    let pieces = cycle.periods(in: TimeSpan(start: day(2024, 12, 15), end: day(2025, 2, 10)))
    #expect(pieces.map(\.start) == [day(2024, 12, 15), day(2025, 1, 1), day(2025, 2, 1)])
    #expect(pieces.map(\.end) == [day(2025, 1, 1), day(2025, 2, 1), day(2025, 2, 10)])
    #expect(cycle.periods(in: TimeSpan(start: 5, end: 5)).isEmpty)
  }

  @Test("an anchor's wish is the next such time, never the present one")
  func anchorConfig() {
    func next(_ dayOfMonth: Int, month: Int? = nil, after now: Int) -> Int {
      AnchorConfig(dayOfMonth: dayOfMonth, month: month, hour: 0, minute: 0, second: 0).next(after: now)
    }
    #expect(next(1, after: day(2025, 1, 15)) == day(2025, 2, 1))
    #expect(next(15, after: day(2025, 1, 15)) == day(2025, 2, 15))
    #expect(next(15, after: day(2025, 1, 15) - 1) == day(2025, 1, 15))
    #expect(next(31, after: day(2025, 2, 3)) == day(2025, 2, 28))
    #expect(next(1, month: 1, after: day(2025, 3, 1)) == day(2026, 1, 1))
    #expect(next(1, month: 12, after: day(2025, 3, 1)) == day(2025, 12, 1))
    let kept = AnchorConfig(dayOfMonth: 20, month: nil, hour: nil, minute: 30, second: nil)
    #expect(kept.next(after: day(2025, 1, 15) + 7 * 3600 + 5) == day(2025, 1, 20) + 7 * 3600 + 1805)
  }
}

/// Midnight in UTC.
func day(_ year: Int, _ month: Int, _ day: Int) -> Int {
  var time = CalendarTime(timestamp: 0)
  (time.year, time.month, time.day) = (year, month, day)
  return time.timestamp
}
