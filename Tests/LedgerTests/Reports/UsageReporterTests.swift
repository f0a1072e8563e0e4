import Billing
import JSON
import Ledger
import Messages
import PostgreSQL
import TestSupport
import Testing

@Suite("Usage reports", .enabled(if: TestDatabase.isAvailable))
struct UsageReporterTests {
  private static let extra = """
    {"name": "seats", "unit": "seat", "source": "message", "aggregation": "last"}, \
    {"name": "visitors", "unit": "person", "source": "message", "aggregation": "unique"}, \
    {"name": "logins", "unit": "login", "source": "message", "aggregation": "count"}
    """

  private func report(
    _ fixture: RecordingFixture, _ company: String, _ span: UsageQuestion.Span, _ part: UsageQuestion.Part = .all
  ) throws -> UsageReport {
    let question = UsageQuestion(company: try #require(CompanyID(company)), span: span, part: part)
    return try UsageReporter(fixture.connection).report(question, today: fixture.now.date)
  }

  private func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

  private func days(_ from: String, _ to: String) throws -> BillingPeriod {
    try #require(BillingPeriod(start: day(from), end: day(to)))
  }

  private func json(_ report: UsageReport) -> String {
    var json = JSONWriter()
    report.write(to: &json)
    return json.text
  }

  @Test("the example month comes to 279.50 of usage and 478.50 in all")
  func exampleMonth() throws {
    let fixture = try RecordingFixture.make()
    try fixture.register("optical-labs")
    var records = [
      try fixture.usage("o", "optical-labs", "order", "1250", at: "2025-01-01T00:00:00Z"),
      try fixture.usage("i", "optical-labs", "invoice", "980", at: "2025-01-31T23:59:59.999999Z"),
      try fixture.usage("c", "optical-labs", "api_call", "50000", at: "2025-01-10T08:00:00Z"),
      try fixture.usage("j", "optical-labs", "ai_job", "120", at: "2025-01-20T08:00:00Z"),
      try fixture.usage("next", "optical-labs", "order", "7", at: "2025-02-01T00:00:00Z"),
    ]
    for day in 1...31 {
      let date = day < 10 ? "0\(day)" : "\(day)"
      records.append(
        try fixture.usage(
          "s\(day)", "optical-labs", "storage", day == 17 ? "45" : "30", at: "2025-01-\(date)T12:00:00Z"))
    }
    try fixture.record(records)
    let report = try report(fixture, "optical-labs", .period(containing: day("2025-01-15")))
    #expect(report.lines.map(\.cost.description) == ["125.00", "49.00", "45.00", "0.50", "60.00"])
    #expect(report.usageCost.description == "279.50")
    #expect(report.total.description == "478.50")
    #expect(report.footnote == nil)
    let document = json(report)
    #expect(
      document.hasPrefix(
        #"{"companyId":"optical-labs","plan":"standard","currency":"usd","periodStart":"2025-01-01","#
          + #""periodEnd":"2025-02-01","metrics":[{"metric":"order","quantity":"1250","events":1,"included":"0","#
          + #""billable":"1250","cost":"125.00","threshold":"10000"},"#))
    #expect(document.hasSuffix(#"],"usageCost":"279.50","baseFee":"199.00","total":"478.50"}"#))
  }

  @Test("an unregistered company is priced by the default plan and owes no base fee")
  func unregistered() throws {
    let fixture = try RecordingFixture.make()
    try fixture.record([try fixture.usage("a", "stray", "order", "5", at: "2025-02-03T00:00:00Z")])
    let report = try report(fixture, "stray", .period(containing: day("2025-02-03")))
    #expect(report.total.description == "0.50")
    #expect(json(report).contains(#""registered":false"#))
    #expect(throws: UsageReportError.self) {
      _ = try self.report(fixture, "nobody", .period(containing: day("2025-02-03")))
    }
  }

  @Test("a registered company without usage owes its base fee for a period that has no row yet")
  func noUsage() throws {
    let fixture = try RecordingFixture.make()
    try fixture.register("quiet")
    let report = try report(fixture, "quiet", .period(containing: day("2025-02-03")))
    #expect(report.span == (try days("2025-02-01", "2025-03-01")))
    #expect(report.lines.isEmpty)
    #expect(report.total.description == "199.00")
  }

  @Test("the quota is taken off a period and not off a range of days, and unrated metrics come last at no cost")
  func quotaAndUnrated() throws {
    let fixture = try RecordingFixture.make()
    try fixture.register("office", plan: "business")
    try fixture.record([
      try fixture.usage("a", "office", "assessment", "40", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("b", "office", "assessment", "20", at: "2025-01-04T00:00:00Z"),
      try fixture.usage("c", "office", "api_call", "9", at: "2025-01-04T00:00:00Z"),
    ])
    let period = try report(fixture, "office", .period(containing: day("2025-01-31")))
    #expect(period.lines.map(\.metric.text) == ["assessment", "api_call"])
    #expect(period.lines.map(\.isRated) == [true, false])
    #expect(period.total.description == "100.00")
    #expect(json(period).contains(#""cost":"0.00","threshold":null,"rated":false}"#))
    let range = try report(fixture, "office", .days(days("2025-01-04", "2025-01-05")))
    #expect(range.lines.first?.cost.description == "200.00")
    #expect(range.baseFee.description == "0.00")
    #expect(range.footnote?.contains("without quotas") == true)
  }

  @Test("a range of days puts totals together as each metric aggregates")
  func ranges() throws {
    let fixture = try RecordingFixture.make(extraMetrics: Self.extra)
    let (one, two) = (Self.pseudonym(1), Self.pseudonym(2))
    try fixture.record([
      try fixture.usage("a", "c", "storage", "30", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("b", "c", "storage", "20", at: "2025-01-04T00:00:00Z"),
      try fixture.usage("c", "c", "seats", "9", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("d", "c", "seats", "4", at: "2025-01-04T00:00:00Z"),
      try fixture.usage("e", "c", "logins", "7", at: "2025-01-03T00:00:00Z"),
      try fixture.usage("f", "c", "logins", "7", at: "2025-01-04T00:00:00Z"),
      try fixture.usage("g", "c", "visitors", "1", at: "2025-01-03T00:00:00Z", subject: one),
      try fixture.usage("h", "c", "visitors", "1", at: "2025-01-04T00:00:00Z", subject: one),
      try fixture.usage("i", "c", "visitors", "1", at: "2025-01-04T00:00:00Z", subject: two),
      try fixture.usage("j", "c", "visitors", "1", at: "2025-01-05T00:00:00Z", subject: Self.pseudonym(3)),
    ])
    let report = try report(fixture, "c", .days(days("2025-01-03", "2025-01-05")))
    let quantities = Dictionary(uniqueKeysWithValues: report.lines.map { ($0.metric.text, $0.quantity.description) })
    #expect(quantities == ["storage": "30", "seats": "4", "logins": "2", "visitors": "2"])
    #expect(report.lines.first { $0.metric.text == "visitors" }?.events == 3)
  }

  @Test("a subject seen under an older key and under the newest is one subject of a range")
  func rotatedKeys() throws {
    let fixture = try RecordingFixture.make(extraMetrics: Self.extra)
    let old = Self.pseudonym(1)
    let new = Pseudonyms(newest: Pseudonym(keyID: 2, hash: Array(repeating: 9, count: 32)), older: [old.newest])
    try fixture.record([try fixture.usage("a", "c", "visitors", "1", at: "2025-01-03T00:00:00Z", subject: old)])
    try fixture.record([try fixture.usage("x", "c", "visitors", "1", at: "2025-01-04T00:00:00Z", subject: old)])
    try fixture.record([try fixture.usage("b", "c", "visitors", "1", at: "2025-01-04T00:00:00Z", subject: new)])
    let report = try report(fixture, "c", .days(days("2025-01-01", "2025-02-01")))
    #expect(report.lines.map(\.quantity) == [Quantity(1)])
  }

  @Test("a user's and a subscription's part are found under every key, voided records left out")
  func parts() throws {
    let fixture = try RecordingFixture.make()
    try fixture.register("c")
    let old = Self.pseudonym(1)
    let both = Pseudonyms(newest: Pseudonym(keyID: 2, hash: Array(repeating: 9, count: 32)), older: [old.newest])
    let (other, oldName) = (Self.pseudonym(7), Self.pseudonym(8))
    let name = Pseudonyms(newest: Pseudonym(keyID: 2, hash: Array(repeating: 6, count: 32)), older: [oldName.newest])
    try fixture.record([
      try fixture.usage("a", "c", "order", "5", at: "2025-01-03T00:00:00Z", user: old, subscription: other),
      try fixture.usage("b", "c", "order", "6", at: "2025-01-04T00:00:00Z", user: both, subscription: oldName),
      try fixture.usage("f", "c", "order", "1", at: "2025-01-04T00:00:00Z", subscription: name),
      try fixture.usage("d", "c", "order", "8", at: "2025-01-04T00:00:00Z", user: both, subscription: name),
      try fixture.usage("e", "c", "order", "100", at: "2025-01-04T00:00:00Z"),
    ])
    try fixture.record([], voids: [try fixture.void("d", "c", at: "2025-01-04T00:00:00Z")])
    let user = try report(fixture, "c", .period(containing: day("2025-01-15")), .user(both))
    #expect(user.lines.map(\.quantity) == [Quantity(11)])
    #expect(user.total.description == "1.10")
    let subscription = try report(fixture, "c", .days(days("2025-01-04", "2025-01-05")), .subscription(name))
    #expect(subscription.lines.map(\.quantity) == [Quantity(7)])
    #expect(subscription.lines.map(\.threshold) == [nil])
  }

  static func pseudonym(_ number: UInt8) -> Pseudonyms {
    Pseudonyms(newest: Pseudonym(keyID: 1, hash: Array(repeating: number, count: 32)))
  }
}
