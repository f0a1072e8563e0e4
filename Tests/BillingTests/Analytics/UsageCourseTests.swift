import Testing

@testable import Billing

@Suite("Courses of usage")
struct UsageCourseTests {
  private func course(_ aggregation: Aggregation, _ days: (String, String, Int64)...) throws -> UsageCourse {
    let totals = try days.map { day, text, events in
      DailyTotal(day: try date(day), quantity: try quantity(text), events: events)
    }
    return try #require(UsageCourse(totals.shuffled(), as: aggregation))
  }

  private func totals(_ course: UsageCourse, _ days: String...) throws -> [String] {
    try days.map { course.total(through: try date($0)).description }
  }

  @Test("sums add up, and days without usage hold what was there")
  func sums() throws {
    for aggregation in [Aggregation.sum, .count] {
      let course = try course(aggregation, ("2025-01-03", "1.5", 1), ("2025-01-05", "2", 2), ("2025-01-06", "-4", 1))
      #expect(
        try totals(course, "2025-01-02", "2025-01-03", "2025-01-04", "2025-01-05", "2025-01-06", "2025-12-31")
          == ["0", "1.5", "1.5", "3.5", "-0.5", "-0.5"])
    }
  }

  @Test("a maximum is the greatest day's, a last value the latest day's, also where that is less")
  func levels() throws {
    let days = [("2025-01-03", "9", Int64(1)), ("2025-01-05", "4", 1), ("2025-01-06", "0", 1)]
    let greatest = try course(.max, days[0], days[1], days[2])
    #expect(try totals(greatest, "2025-01-03", "2025-01-05", "2025-01-06") == ["9", "9", "9"])
    let latest = try course(.last, days[0], days[1], days[2])
    #expect(try totals(latest, "2025-01-03", "2025-01-05", "2025-01-06") == ["9", "4", "0"])
  }

  @Test("a day whose records were all taken back is no latest day")
  func takenBack() throws {
    let latest = try course(.last, ("2025-01-03", "9", 1), ("2025-01-05", "0", 0))
    #expect(try totals(latest, "2025-01-05") == ["9"])
    let none = try course(.last, ("2025-01-05", "0", 0))
    #expect(!none.hasUsage(through: try date("2025-01-31")))
    // Negative levels do not come from messages, but 0 must not be read into the days before.
    let below = try course(.max, ("2025-01-03", "-2", 1))
    #expect(try totals(below, "2025-01-02", "2025-01-03") == ["0", "-2"])
  }

  @Test("usage that comes to 0 is usage; it begins with its day")
  func zero() throws {
    let course = try course(.sum, ("2025-01-03", "0", 3))
    #expect(!course.hasUsage(through: try date("2025-01-02")))
    #expect(course.hasUsage(through: try date("2025-01-03")))
  }

  @Test("different subjects cannot be had from days' numbers")
  func unique() {
    #expect(UsageCourse([], as: .unique) == nil)
  }
}
