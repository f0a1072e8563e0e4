import JSON
import TestSupport
import Testing

@testable import usage_billing

@Suite(.enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct AdministrationCommandTests {
  private let database: TestDatabase
  private let environment: [String: String]

  init() throws {
    database = try TestDatabase.create()
    environment = [
      "DATABASE_URL": database.url, "USAGE_BILLING_SCHEMAS": TestDatabase.schemasFolder,
      "AMQP_URL": "amqp://127.0.0.1:1/",
    ]
  }

  @Test("a migrated database is found up to date")
  func migrate() {
    #expect(Run("migrate", "--check", environment: environment).status == .success)
    #expect(Run("migrate", environment: environment).output == "the schema was up to date\n")
  }

  @Test("an empty database is older, and migrate says what it did")
  func migrateEmpty() throws {
    try database.connect().execute("DROP SCHEMA billing CASCADE")
    let check = Run("migrate", "--check", "--json", environment: environment)
    #expect(check.status == .failure)
    #expect(try JSONValue.parse(Array(check.output.utf8))["upToDate"] == .bool(false))
    let migrate = Run("migrate", "--json", environment: environment)
    #expect(migrate.status == .success)
    #expect(try JSONValue.parse(Array(migrate.output.utf8))["defaultCatalogApplied"] == .bool(true))
  }

  @Test("a company is registered, shown and listed, for people and for programs")
  func companies() throws {
    let set = Run(
      "companies", "set", "comp-1", "--name", "Optical Labs Inc.", "--anchor-day=31", "--rate",
      "order:unitPrice=0.08,threshold=500", "--json", environment: environment)
    #expect(set.status == .success)
    let document = try JSONValue.parse(Array(set.output.utf8))
    #expect(document["newlyRegistered"] == .bool(true))
    #expect(document["company"]?["anchorDay"] == .number("31"))
    let show = Run("companies", "show", "comp-1", environment: environment)
    #expect(show.output.contains("Optical Labs Inc."))
    let list = Run("companies", "list", "--json", environment: environment)
    #expect(try JSONValue.parse(Array(list.output.utf8))["companies"]?.kind == .array)
    #expect(Run("companies", "list", "--unregistered", environment: environment).output == "no companies\n")
  }

  @Test(
    "what cannot be set is told with the right exit status",
    arguments: [
      (["comp-1", "--anchor-day", "32"], ExitStatus.wrongUsage), (["jane@example.org"], .wrongUsage),
      (["comp 1"], .wrongUsage), (["comp-1", "--status", "sleepy"], .wrongUsage),
      (["comp-1", "--plan", "gold"], .failure),
      (["comp-1", "--currency", "eur"], .failure), (["comp-1", "--stripe-customer", "4711"], .failure),
    ])
  func refused(arguments: [String], status: ExitStatus) {
    let output = Output()
    let errors = Output()
    let context = Context(environment: environment, output: output, errors: errors)
    let result = Program(commands: Commands.all, groups: Commands.groups).run(
      ["companies", "set"] + arguments, context)
    #expect(result == status)
    #expect(!errors.text.isEmpty)
    #expect(Run("companies", "show", "comp-1", environment: environment).status == .failure)
  }

  @Test("the catalog shown can be applied again, and says nothing new")
  func catalog() throws {
    let file = "\(TestDatabase.schemasFolder)/catalog.default.json"
    #expect(Run("catalog", "apply", file, environment: environment).output.hasPrefix("no change"))
    #expect(Run("catalog", "apply", "/nowhere", environment: environment).status == .failure)
    let shown = Run("catalog", "show", "--json", environment: environment)
    #expect(try JSONValue.parse(Array(shown.output.utf8))["version"] == .number("1"))
    #expect(Run("catalog", "show", environment: environment).output.contains("base fee 199.00 usd"))
  }

  @Test("tiers are shown a step after the other, with their fees")
  func tiers() throws {
    try database.connect().execute(
      """
      INSERT INTO billing.catalog_versions (version, document, applied_by)
      SELECT version + 1, replace(document, '"rates": [',
        '"rates": [{"metric": "order", "effectiveFrom": "2099-01-01", "model": "volume", "billing": "none",
          "tiers": [{"upTo": 100, "unitPrice": "0.10", "flatFee": 5}, {"unitPrice": "0.05"}]}, '), 'test'
      FROM billing.catalog_versions
      """)
    let shown = Run("catalog", "show", environment: environment).output
    #expect(shown.contains("to 100: 0.10 + 5.00, then 0.05"))
  }

  @Test("doctor names what is wrong and what to do, and fails")
  func doctor() throws {
    let run = Run("doctor", "--json", environment: environment)
    #expect(run.status == .failure)
    let document = try JSONValue.parse(Array(run.output.utf8))
    #expect(document["healthy"] == .bool(false))
    guard case .array(let findings) = document["findings"] else {
      Issue.record("no findings")
      return
    }
    let wrong = findings.filter { $0["status"] == .string("wrong") }
    #expect(wrong.map { $0["subject"] } == [.string("broker"), .string("keys")])
    #expect(wrong.allSatisfy { $0["advice"]?.kind == .string })
  }

  @Test("a database that is not there is a failure with advice")
  func unreachable() {
    let run = Run("companies", "list", environment: ["DATABASE_URL": "postgresql://x:hidden@127.0.0.1:1/x"])
    #expect(run.status == .failure)
    #expect(run.errors.contains("check DATABASE_URL"))
    #expect(!run.errors.contains("hidden"))
  }
}
