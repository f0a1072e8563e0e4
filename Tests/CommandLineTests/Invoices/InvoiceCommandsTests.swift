import Billing
import JSON
import Ledger
import Operations
import PostgreSQL
import Storage
import TestSupport
import Testing

@testable import usage_billing

@Suite("Invoices for people", .enabled(if: TestDatabase.isAvailable))
struct InvoiceCommandsTests {
  /// A month of the default plan that has ended, billed.
  private struct Billed {
    let database: TestDatabase
    let connection: Connection
    let month: BillingPeriod
    let today: CivilDate

    init() throws {
      database = try TestDatabase.create()
      connection = try Connection.forLedger(database.configuration)
      // Two hours ago, so that the grace of a month that has just ended is over.
      let now = Instant(microseconds: SystemClock.microseconds())
      today = now.date
      let end = now.adding(seconds: -7200).date.firstOfMonth
      month = try #require(BillingPeriod(start: end.adding(days: -1).firstOfMonth, end: end))
      #expect(run("companies", "set", "labs", "--name", "Optical Labs Inc.").status == .success)
      let ledger = try Ledger(connection: connection)
      let usage = [
        ("order", "1250"), ("invoice", "980"), ("storage", "45"), ("storage", "30"), ("api_call", "50000"),
        ("ai_job", "120"),
      ]
      var records: [RecordedUsage] = []
      for (number, (metric, quantity)) in usage.enumerated() {
        records.append(
          RecordedUsage(
            usageID: UsageID(trusted: "u\(number)"), companyID: try #require(CompanyID("labs")),
            metric: try #require(MetricName(metric).flatMap { ledger.catalog.metrics[$0] }),
            quantity: try #require(Quantity(quantity)), timestamp: month.start.start.adding(seconds: Int64(number))))
      }
      _ = try ledger.write(records: records, voids: [], now: now)
      let pass = run("billing-run")
      #expect(pass.status == .success, "\(pass.errors)")
    }

    func run(_ arguments: String...) -> Run {
      Run(
        arguments,
        environment: [
          "DATABASE_URL": database.url, "USAGE_BILLING_SCHEMAS": TestDatabase.schemasFolder,
          "AMQP_URL": "amqp://127.0.0.1:1/",
        ])
    }
  }

  @Test("the example month reads as an invoice of 478.50; each line is explained; the books are clean")
  func exampleMonth() throws {
    let billed = try Billed()
    let shown = billed.run("invoices", "show", "1")
    #expect(
      shown.output == """
        Invoice 1
        Optical Labs Inc. (labs)
        Billing period \(billed.month.start) to \(billed.month.lastDay), plan standard
        State open, made \(billed.today), final \(billed.today), not told to Stripe

        Line  What      Quantity  Unit     Price            Amount (usd)
           1  base fee        \(billed.month.days)  days     199.00 a period        199.00
           2  order        1,250  order    0.10 each              125.00
           3  invoice        980  invoice  0.05 each               49.00
           4  storage         45  GB       1.00 each               45.00
           5  api_call    50,000  call     0.01 per 1,000           0.50
           6  ai_job         120  job      0.50 each               60.00
                                                                  ------
              Base fee                                            199.00
              Usage                                               279.50
              Total                                               478.50

        """)
    for line in 1...6 {
      let explained = billed.run("invoices", "explain", "\(line)")
      #expect(explained.status == .success)
      #expect(explained.output.hasSuffix("It adds up.\n"))
    }
    let verified = billed.run("verify")
    #expect(verified.status == .success)
    #expect(verified.output.hasPrefix("clean: 1 companies, 6 records"))
  }

  @Test("documents and lists say the same")
  func documents() throws {
    let billed = try Billed()
    let document = try JSONValue.parse(Array(billed.run("invoices", "show", "1", "--json").output.utf8))
    #expect(document.texts("companyId", "type", "state", "total") == ["labs", "period", "open", "478.50"])
    guard case .array(let lines)? = document["lines"] else { throw TestFailure("no lines") }
    #expect(lines.map { $0.texts("amount")[0] } == ["199.00", "125.00", "49.00", "45.00", "0.50", "60.00"])
    #expect(billed.run("invoices", "list").output.contains("Optical Labs Inc."))
    #expect(billed.run("invoices", "list", "labs", "--state", "draft").output == "no invoices\n")
    #expect(billed.run("invoices", "list", "--to", "\(billed.month.start)").output == "no invoices\n")
    #expect(billed.run("invoices", "show", "1", "--csv").output.split(separator: "\r\n").count == 7)
    #expect(billed.run("invoices", "show", "2").status == .failure)
    #expect(billed.run("invoices", "show", "x").status == .wrongUsage)
  }

  @Test("a line that does not add up ends with status 1, in the table and in the document")
  func wrongLine() throws {
    let billed = try Billed()
    try billed.connection.execute("UPDATE billing.usage_records SET counted = 46 WHERE usage_id = 'u2'")
    let explained = billed.run("invoices", "explain", "4")
    #expect(explained.status == .failure)
    #expect(explained.output.contains("what the records up to and with this line come to"))
    let document = billed.run("invoices", "explain", "4", "--json")
    #expect(document.status == .failure)
    #expect(try JSONValue.parse(Array(document.output.utf8))["addsUp"] == .bool(false))
  }

  @Test("figures are grouped, and prices said in words")
  func words() throws {
    for (plain, grouped) in [
      ("0", "0"), ("999", "999"), ("1000", "1,000"), ("-1234567.5", "-1,234,567.5"), ("100", "100"),
    ] { #expect(PriceWords.grouped(plain) == grouped) }
    func terms(_ model: PriceModel, size: Int = 1, included: Int = 0) -> String {
      PriceWords.terms(
        EffectiveRate.Pricing(model: model, unitSize: Quantity(size), included: Quantity(included)))
    }
    func price(_ text: String) throws -> Price { try #require(Price(text)) }
    #expect(try terms(.perUnit(price("10.00")), included: 50) == "10.00 each after 50 included")
    #expect(try terms(.package(price("5")), size: 1000) == "5.00 per begun 1,000")
    let tiers = [
      PriceTier(upTo: Quantity(1000), unitPrice: try price("0.10")),
      PriceTier(upTo: nil, unitPrice: try price("0.05"), flatFee: try price("20")),
    ]
    #expect(terms(.graduated(tiers)) == "0.10 each up to 1,000, then 0.05 each and 20.00 once")
    #expect(terms(.volume(tiers)) == "all 0.10 each up to 1,000, beyond that all 0.05 each and 20.00 once")
  }
}
