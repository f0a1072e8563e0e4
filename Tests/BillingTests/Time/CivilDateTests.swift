import Billing
import Testing

@Suite("CivilDate")
struct CivilDateTests {
  @Test("every day from year 1 to 9999 is where counting one by one puts it")
  func everyDay() {
    var count: Int32 = -719_162  // 0001-01-01
    for year in 1...9999 {
      let isLeap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
      for (index, length) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
        let isChecked = year < 5 || year > 9995 || (1895...2105).contains(year) || year % 100 < 2 || index < 3
        for day in 1...length where isChecked || day == 1 || day == length {
          let date = CivilDate(daysSinceEpoch: count + Int32(day - 1))
          guard date.components == (year, index + 1, day), CivilDate(year: year, month: index + 1, day: day) == date
          else {
            Issue.record("\(year)-\(index + 1)-\(day) is \(date)")
            return
          }
        }
        let first = CivilDate(daysSinceEpoch: count)
        let last = CivilDate(daysSinceEpoch: count + Int32(length - 1))
        guard last.firstOfMonth == first, first.firstOfNextMonth == last.adding(days: 1) else {
          Issue.record("month of \(first)")
          return
        }
        count += Int32(length)
      }
    }
    #expect(CivilDate(daysSinceEpoch: count - 1).description == "9999-12-31")
  }

  @Test(
    "days that do not exist are refused",
    arguments: [
      (2025, 2, 29), (2025, 2, 30), (1900, 2, 29), (2025, 4, 31), (2025, 0, 1), (2025, 13, 1), (2025, 1, 0),
      (2025, 1, 32), (0, 1, 1), (10_000, 1, 1), (-1, 1, 1),
    ])
  func missing(year: Int, month: Int, day: Int) {
    #expect(CivilDate(year: year, month: month, day: day) == nil)
  }

  @Test(
    "text is read only as YYYY-MM-DD",
    arguments: [
      "", "2025-1-1", "2025-02-30", "20250101", "2025-01-01 ", "2025-01-01T00:00:00Z", "2025/01/01", "-025-01-01",
    ])
  func malformed(text: String) {
    #expect(CivilDate(text) == nil)
  }

  @Test(
    "text is written as it is read", arguments: ["0001-01-01", "1999-12-31", "2000-02-29", "2024-02-29", "9999-12-31"])
  func roundTrip(text: String) {
    #expect(CivilDate(text)?.description == text)
  }
}
