import TestBasics
import Testing

@testable import Billing

@Suite("Period calendar")
struct PeriodCalendarTests {
  private func anchor(_ day: Int) throws -> AnchorDay { try #require(AnchorDay(day)) }

  @Test("an anchor is a day of a month", arguments: [(0, false), (1, true), (31, true), (32, false), (-1, false)])
  func anchors(day: Int, isAnchor: Bool) { #expect((AnchorDay(day) != nil) == isAnchor) }

  /// Twelve months of a leap year and three of the next.
  static let years: [(anchor: Int, days: String)] = [
    (1, "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
    (15, "15 15 15 15 15 15 15 15 15 15 15 15 15 15 15"),
    (28, "28 28 28 28 28 28 28 28 28 28 28 28 28 28 28"),
    (29, "29 29 29 29 29 29 29 29 29 29 29 29 29 28 29"),
    (30, "30 29 30 30 30 30 30 30 30 30 30 30 30 28 30"),
    (31, "31 29 31 30 31 30 31 31 30 31 30 31 31 28 31"),
  ]

  @Test("periods begin on the anchor, in short months on the last day", arguments: years)
  func starts(day: Int, days: String) throws {
    let anchor = try anchor(day)
    let starts = try days.split(separator: " ").enumerated().map { month, day in
      let number = try #require(Int(day))
      return try #require(CivilDate(year: 2024 + month / 12, month: month % 12 + 1, day: number))
    }
    #expect(starts.count == 15)
    for (start, end) in zip(starts, starts.dropFirst()) {
      #expect(PeriodCalendar.nextStart(after: start, anchor: anchor) == end)
      for inside in [start, start.adding(days: 1), end.adding(days: -1)] {
        #expect(PeriodCalendar.period(containing: inside, anchor: anchor) == BillingPeriod(start: start, end: end))
      }
    }
  }

  @Test("the first and the last microsecond of a period are in it, the next is in the next")
  func microseconds() throws {
    for day in [1, 15, 29, 30, 31] {
      let period = PeriodCalendar.period(containing: try date("2024-02-29"), anchor: try anchor(day))
      let last = Instant(microseconds: period.end.start.microseconds - 1)
      #expect(period.contains(period.start.start))
      #expect(period.contains(last))
      #expect(!period.contains(Instant(microseconds: period.start.start.microseconds - 1)))
      #expect(!period.contains(period.end.start))
      #expect(PeriodCalendar.period(containing: last.date, anchor: try anchor(day)) == period)
    }
    let january = try period("2025-01-01/2025-02-01")
    #expect(january.contains(try instant("2025-02-01T00:59:59.999999+01:00")))
    #expect(!january.contains(try instant("2025-02-01T01:00:00+01:00")))
  }

  @Test(
    "a changed anchor takes effect at the next period's start, with one shorter period",
    arguments: [
      (1, "2025-01-31/2025-02-28", "2025-02-28/2025-03-01 2025-03-01/2025-04-01"),
      (1, "2024-12-31/2025-01-31", "2025-01-31/2025-02-01 2025-02-01/2025-03-01"),
      (15, "2025-01-01/2025-02-01", "2025-02-01/2025-02-15 2025-02-15/2025-03-15"),
      (1, "2025-01-15/2025-02-15", "2025-02-15/2025-03-01 2025-03-01/2025-04-01"),
      (31, "2025-02-28/2025-03-30", "2025-03-30/2025-03-31 2025-03-31/2025-04-30"),
      (30, "2025-02-28/2025-03-31", "2025-03-31/2025-04-30 2025-04-30/2025-05-30"),
      (31, "2025-01-30/2025-02-28", "2025-02-28/2025-03-31 2025-03-31/2025-04-30"),
      (29, "2024-01-01/2024-02-01", "2024-02-01/2024-02-29 2024-02-29/2024-03-29"),
      (29, "2025-01-01/2025-02-01", "2025-02-01/2025-02-28 2025-02-28/2025-03-29"),
      (31, "2024-11-01/2024-12-01", "2024-12-01/2024-12-31 2024-12-31/2025-01-31"),
    ])
  func changes(newAnchor: Int, last: String, following: String) throws {
    let expected = try following.split(separator: " ").map { try period(String($0)) }
    let missing = PeriodCalendar.periods(
      covering: try #require(expected.last).start.start, extending: [try period(last)], anchor: try anchor(newAnchor))
    #expect(missing == expected)
  }

  @Test("a company's first period is the whole one around the instant")
  func first() throws {
    let missing = PeriodCalendar.periods(
      covering: try instant("2025-01-20T08:00:00Z"), extending: [], anchor: try anchor(15))
    #expect(missing == [try period("2025-01-15/2025-02-15")])
  }

  @Test("an instant in a row needs no other")
  func covered() throws {
    let row = try period("2025-01-01/2025-02-01")
    for inside in [row.start.start, Instant(microseconds: row.end.start.microseconds - 1)] {
      #expect(PeriodCalendar.periods(covering: inside, extending: [row], anchor: try anchor(15)) == [])
    }
  }

  @Test("usage from before the first row gets rows back to it, the nearest one shorter where the anchor changed")
  func backwards() throws {
    let row = try period("2025-03-01/2025-04-01")
    #expect(
      PeriodCalendar.periods(covering: try instant("2024-12-31T23:59:59Z"), extending: [row], anchor: .first)
        == [
          try period("2024-12-01/2025-01-01"), try period("2025-01-01/2025-02-01"), try period("2025-02-01/2025-03-01"),
        ])
    #expect(
      PeriodCalendar.periods(covering: try instant("2025-02-01T00:00:00Z"), extending: [row], anchor: try anchor(15))
        == [try period("2025-01-15/2025-02-15"), try period("2025-02-15/2025-03-01")])
  }

  @Test("a gap between rows is filled without touching them")
  func gap() throws {
    let rows = [try period("2025-04-10/2025-05-10"), try period("2025-01-01/2025-02-01")]
    #expect(
      PeriodCalendar.periods(covering: try instant("2025-04-05T00:00:00Z"), extending: rows, anchor: .first)
        == [
          try period("2025-02-01/2025-03-01"), try period("2025-03-01/2025-04-01"), try period("2025-04-01/2025-04-10"),
        ])
  }

  @Test("rows stay contiguous and without overlap over random instants and anchor changes")
  func contiguous() throws {
    var random = SeededGenerator(seed: 99)
    let origin = try date("2023-01-01")
    for _ in 0..<200 {
      var rows: [BillingPeriod] = []
      for _ in 0..<12 {
        let anchor = try anchor(Int.random(in: 1...31, using: &random))
        let instant = origin.adding(days: Int.random(in: 0..<1_500, using: &random)).start
          .adding(seconds: Int64.random(in: 0..<86_400, using: &random))
        let missing = PeriodCalendar.periods(covering: instant, extending: rows, anchor: anchor)
        #expect(missing == missing.sorted())
        rows = (rows + missing).sorted()
        #expect(rows.count { $0.contains(instant) } == 1)
        #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.end == $1.start })
        #expect(rows.allSatisfy { (1...31).contains($0.days) })
      }
    }
  }
}
