import Billing
import Ledger
import TestSupport
import Testing

@Suite("Analytics of periods of every length", .enabled(if: TestDatabase.isAvailable))
struct AnalyticsPeriodsTests {
  @Test("on a period's first day its first day stands against the other's first day")
  func firstDay() throws {
    let fixture = try RecordingFixture.make(now: "2025-02-01T09:00:00Z")
    try fixture.register("c")
    try fixture.record([
      try fixture.usage("a", "c", "order", "30", at: "2025-01-01T12:00:00Z"),
      try fixture.usage("b", "c", "order", "1000", at: "2025-01-31T12:00:00Z"),
      try fixture.usage("d", "c", "order", "60", at: "2025-02-01T08:00:00Z"),
    ])
    let report = try fixture.analytics("c", "2025-02-01")
    #expect(try report.figures("order") == ["60", "60", "30", "100"])
    #expect(report.projectedCost.description == "367.00")  // 6.00 × 28 + 199.00
    #expect(report.lastDays.map(\.cost.description) == ["0.00", "0.00", "0.00", "0.00", "0.00", "100.00", "6.00"])
  }

  @Test("after a February, the first 28 days of March are compared, and said to be")
  func february() throws {
    let fixture = try RecordingFixture.make(now: "2025-03-31T12:00:00Z")
    try fixture.register("c")
    var records: [RecordedUsage] = []
    for (month, days) in [("02", 28), ("03", 31)] {
      for day in 1...days {
        let date = "2025-\(month)-\(day < 10 ? "0" : "")\(day)"
        records.append(try fixture.usage(date, "c", "order", "10", at: "\(date)T01:00:00Z"))
      }
    }
    try fixture.record(records)
    let report = try fixture.analytics("c", "2025-03-31")
    #expect(try report.figures("order") == ["310", "280", "280", "0"])
    #expect(report.costs.soFar.description == "31.00" && report.costs.compared.description == "28.00")
    #expect(report.projectedCost.description == "230.00")
    #expect(report.footnote?.contains("only 28 days") == true)
    // From January into February nothing has to be said.
    #expect(try fixture.analytics("c", "2025-02-28").footnote?.contains("days") != true)
  }

  @Test("an anchor on the 31st compares periods that begin on months' last days")
  func anchor31() throws {
    let fixture = try RecordingFixture.make(now: "2025-03-30T12:00:00Z")
    try fixture.register("c", anchor: 31)
    try fixture.record([
      try fixture.usage("a", "c", "order", "4", at: "2025-01-31T00:00:00Z"),
      try fixture.usage("b", "c", "order", "6", at: "2025-02-27T23:59:59Z"),
      try fixture.usage("d", "c", "order", "12", at: "2025-02-28T00:00:00Z"),
      try fixture.usage("e", "c", "order", "3", at: "2025-03-30T00:00:00Z"),
    ])
    let report = try fixture.analytics("c", "2025-03-30")
    #expect(report.progress.period.description == "2025-02-28/2025-03-31")
    #expect(report.former.description == "2025-01-31/2025-02-28")
    #expect(report.progress.elapsedDays == 31 && report.comparedDays == 28)
    #expect(try report.figures("order") == ["15", "12", "10", "20"])
    #expect(report.projectedCost.description == "200.50")
    #expect(try fixture.analytics("c", "2025-02-27").former.description == "2024-12-31/2025-01-31")
  }

  @Test("periods of a few days are each compared with the one before, and the last days reach over all of them")
  func shortPeriods() throws {
    let fixture = try RecordingFixture.make(now: "2025-02-07T12:00:00Z")
    try fixture.register("c", anchor: 6)
    try fixture.periods("c", "2025-01-01", "2025-02-01", "2025-02-04", "2025-02-06", "2025-03-06")
    let days = ["01-31", "02-01", "02-02", "02-03", "02-04", "02-05", "02-06", "02-07"]
    try fixture.record(
      try days.map { try fixture.usage($0, "c", "storage", "5", at: "2025-\($0)T05:00:00Z") })
    let report = try fixture.analytics("c", "2025-02-07")
    #expect(report.former.description == "2025-02-04/2025-02-06" && report.comparedDays == 2)
    // A maximum is charged in each period anew.
    #expect(
      report.lastDays.map { "\($0.day) \($0.cost)" } == [
        "2025-02-01 5.00", "2025-02-02 0.00", "2025-02-03 0.00", "2025-02-04 5.00", "2025-02-05 0.00",
        "2025-02-06 5.00", "2025-02-07 0.00",
      ])
  }

  @Test("without a period before, trends start from 0 and it is said")
  func noFormer() throws {
    let fixture = try RecordingFixture.make(now: "2025-02-03T12:00:00Z")
    try fixture.register("c")
    try fixture.register("quiet")
    try fixture.record([try fixture.usage("a", "c", "order", "5", at: "2025-02-03T00:00:00Z")])
    let report = try fixture.analytics("c", "2025-02-03")
    #expect(!report.hasFormer && report.former.description == "2025-01-01/2025-02-01")
    #expect(try report.figures("order") == ["5", "5", "0", "100"])
    #expect(report.footnote?.contains("no period before") == true)
    let quiet = try fixture.analytics("quiet", "2025-02-03")
    #expect(quiet.lines.isEmpty && quiet.costs.trend?.description == "0")
    #expect(quiet.projectedCost.description == "199.00")
  }

  @Test("who joined or leaves within a period owes its days' part of the base fee, and so it is projected")
  func membership() throws {
    let fixture = try RecordingFixture.make(now: "2025-04-10T12:00:00Z")
    try fixture.register("c")
    try fixture.connection.execute("UPDATE billing.companies SET joined_on = '2025-04-16', left_on = '2025-05-11'")
    try fixture.record([try fixture.usage("a", "c", "order", "1000", at: "2025-04-10T00:00:00Z")])
    #expect(try fixture.analytics("c", "2025-04-10").projectedCost.description == "399.50")
    #expect(try fixture.analytics("c", "2025-05-02").baseFee.description == "64.19")  // 10 of 31 days
    #expect(try fixture.analytics("c", "2025-03-02").baseFee.description == "0.00")
    let day = try #require(CivilDate("2025-04-10"))
    let question = UsageQuestion(company: try #require(CompanyID("c")), span: .period(containing: day))
    let usage = try UsageReporter(fixture.connection).report(question, today: day)
    #expect(usage.baseFee.description == "99.50" && usage.total.description == "199.50")
  }
}
