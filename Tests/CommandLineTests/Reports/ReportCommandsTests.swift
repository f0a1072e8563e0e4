import Billing
import JSON
import Ledger
import TestSupport
import Testing

@testable import usage_billing

@Suite("Reporting commands", .enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct ReportCommandsTests {
  private let database: TestDatabase
  private let environment: [String: String]
  private let now = Context.ofProcess().now

  init() throws {
    database = try TestDatabase.create()
    environment = [
      "DATABASE_URL": database.url, "USAGE_BILLING_SCHEMAS": TestDatabase.schemasFolder,
      "AMQP_URL": "amqp://127.0.0.1:1/",
    ]
  }

  private func run(_ arguments: String...) -> Run { Run(arguments, environment: environment) }

  private func record(_ company: String, _ metric: String, _ quantity: String) throws {
    let ledger = try Ledger(connection: database.connect())
    let usage = RecordedUsage(
      usageID: try #require(UsageID("\(metric)-\(quantity)")), companyID: try #require(CompanyID(company)),
      metric: try #require(MetricName(metric).flatMap { ledger.catalog.metrics[$0] }),
      quantity: try #require(Quantity(quantity)), timestamp: now)
    _ = try ledger.write(records: [usage], voids: [], now: now)
  }

  /// Lines without their CRLF.
  private func lines(_ run: Run) throws -> [String] {
    try #require(run.status == .success, "\(run.errors)")
    #expect(run.output.unicodeScalars.last == "\n")
    return run.output.unicodeScalars.split(separator: "\n").map { line in
      #expect(line.last == "\r")
      return String(String.UnicodeScalarView(line.dropLast()))
    }
  }

  @Test("usage as rows: a header, a line for each metric, the base fee, and no sum")
  func usage() throws {
    #expect(run("companies", "set", "acme").status == .success)
    try record("acme", "order", "1250")
    try record("acme", "assessment", "2")
    let lines = try lines(run("usage", "acme", "--csv"))
    #expect(lines.count == 4)
    #expect(lines[0].hasPrefix("companyId,plan,currency,start,end,item,metric,quantity,"))
    #expect(lines[1].hasPrefix("acme,standard,usd,"))
    #expect(lines[1].hasSuffix(",usage,order,1250,1,0,1250,125.00,10000,true"))
    #expect(lines[2].hasSuffix(",usage,assessment,2,1,0,0,0.00,,false"))
    #expect(lines[3].hasSuffix(",base_fee,,,,,,199.00,,"))
    let columns = Set(lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).count })
    #expect(columns.count == 1)
  }

  @Test("names that look like formulas are harmless in a list of companies")
  func companies() throws {
    #expect(run("companies", "set", "acme", "--name", "=cmd|' /C calc'!A0").status == .success)
    #expect(run("companies", "set", "labs", "--name", "Labs, \"Inc.\"").status == .success)
    let lines = try lines(run("companies", "list", "--csv"))
    #expect(lines[1].hasPrefix("acme,'=cmd|' /C calc'!A0,standard,usd,active,true,"))
    #expect(lines[2].hasPrefix("labs,\"Labs, \"\"Inc.\"\"\",standard,"))
  }

  @Test("orders as rows of categories, without a sum")
  func orders() throws {
    #expect(run("companies", "set", "acme").status == .success)
    let lines = try lines(run("orders", "acme", "--from", "2025-01-01", "--to", "2025-02-01", "--csv"))
    #expect(
      lines == [
        "companyId,plan,currency,from,to,category,metric,orders,amount,rated",
        "acme,standard,usd,2025-01-01,2025-02-01,standard,radiology_standard,0,0.00,true",
        "acme,standard,usd,2025-01-01,2025-02-01,advanced,radiology_advanced,0,0.00,true",
      ])
  }

  @Test("analytics for people with bars, for programs with numbers only")
  func analytics() throws {
    #expect(run("companies", "set", "acme").status == .success)
    try record("acme", "order", "1000")
    let text = run("analytics", "acme").output
    #expect(text.contains("+100 %") && text.contains(String(repeating: "#", count: Bars.width) + "\n"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count < 120 || $0.contains(";") })
    let document = try JSONValue.parse(Array(run("analytics", "acme", "--json").output.utf8))
    #expect(document["usageCost"] == .string("100.00") && document["trend"] == .string("100"))
    #expect(document["asOf"] == .string(now.date.description))
    let csv = try lines(run("analytics", "acme", "--csv"))
    #expect(csv.count == 1 + 1 + 1 + 7 && !csv.joined().contains("#"))
    let cells = csv.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }
    #expect(Set(cells).count == 1)
    #expect(csv[1].contains(",metric,order,,,usd,1000,100.00,1000,100.00,usd,0,0.00,100,,"))
  }

  @Test("what is on no invoice yet, for people, for programs, for spreadsheets")
  func unbilled() throws {
    #expect(run("companies", "set", "acme").status == .success)
    #expect(run("usage", "acme", "--unbilled").output == "acme: all usage is billed\n")
    try record("acme", "order", "1000")
    #expect(run("usage", "acme", "--unbilled").output.contains("100.00"))
    let document = try JSONValue.parse(Array(run("usage", "acme", "--unbilled", "--json").output.utf8))
    guard case .array(let totals) = document["totals"] else { throw TestFailure("no totals") }
    #expect(totals.first?["amount"] == .string("100.00"))
    let rows = try lines(run("usage", "acme", "--unbilled", "--csv"))
    #expect(rows.count == 2 && rows[1].hasSuffix(",open,order,1000,1000,100.00,usd"))
  }

  @Test("revenue of one company and of all, in all three forms")
  func revenue() throws {
    #expect(run("revenue").output.contains("nothing is invoiced"))
    #expect(run("companies", "set", "acme").status == .success)
    try record("acme", "order", "1000")
    #expect(run("revenue", "acme").output.contains("base_fee"))
    let month = now.date.yearAndMonth
    #expect(
      try lines(run("revenue", "--csv")) == [
        "companyId,currency,month,category,metric,state,amount", ",usd,\(month),base_fee,,unbilled,199.00",
        ",usd,\(month),usage,order,unbilled,100.00",
      ])
    let document = try JSONValue.parse(Array(run("revenue", "acme", "--json").output.utf8))
    #expect(document["companyId"] == .string("acme"))
    #expect(run("revenue", "nobody").status == .failure)
  }

  @Test(
    "what cannot be combined is wrong usage",
    arguments: [
      ["usage", "acme", "--unbilled", "--period", "2025-01-01"], ["usage", "acme", "--unbilled", "--user", "x"],
      ["usage", "acme", "--unbilled", "--json", "--csv"], ["revenue", "--from", "2025-01-01"],
      ["revenue", "--from", "2025-01-01", "--to", "2025-01-01"], ["revenue", "--json", "--csv"],
      ["revenue", "a b"],
    ])
  func combined(_ arguments: [String]) {
    #expect(Run(arguments, environment: environment).status == .wrongUsage)
  }

  @Test("a day to come is wrong usage, an unknown company a failure that says what to do")
  func wrong() throws {
    let tomorrow = now.date.adding(days: 1).description
    let ahead = run("analytics", "acme", "--as-of", tomorrow)
    #expect(ahead.status == .wrongUsage && ahead.errors.contains("--as-of must be a day, today"))
    #expect(run("analytics").status == .wrongUsage)
    let unknown = run("analytics", "acme")
    #expect(unknown.status == .failure && unknown.errors.contains("companies list"))
  }
}
