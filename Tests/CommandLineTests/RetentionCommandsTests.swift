import Billing
import JSON
import Ledger
import PostgreSQL
import TestBasics
import TestSupport
import Testing

@testable import usage_billing

@Suite("Commands of retention", .enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct RetentionCommandsTests {
  @Test(
    "wrong usage is named, with exit status 2",
    arguments: [
      (["retention", "archive"], "--before is missing"), (["retention", "archive", "--before", "2025-13"], "a month"),
      (["retention", "archive", "--before", "2025-01"], "ARCHIVE_FOLDER is not set"),
      (["retention", "restore"], "FILE is missing"),
    ])
  func wrongUsage(_ arguments: [String], message: String) {
    let run = Run(arguments, environment: ["DATABASE_URL": "postgresql://127.0.0.1:1/none"])
    #expect(run.status == .wrongUsage)
    #expect(run.errors.contains(message), "\(run.errors)")
  }

  @Test("a month is archived, listed, missed where it must be, and put back")
  func all() throws {
    let database = try TestDatabase.create()
    let ledger = try Ledger(connection: .forLedger(database.configuration))
    let company = try #require(CompanyID("acme"))
    let order = try #require(MetricName("order").flatMap { ledger.metrics[$0] })
    let now = try #require(Instant("2025-01-31T12:00:00Z"))
    _ = try ledger.write(
      records: [
        RecordedUsage(
          usageID: UsageID(trusted: "u1"), companyID: company, metric: order, quantity: Quantity(3),
          timestamp: try #require(Instant("2025-01-15T12:00:00Z")))
      ], now: now)
    let folder = try TemporaryFolder()
    let environment = [
      "DATABASE_URL": database.url, "ARCHIVE_FOLDER": folder.path,
      "PATIENT_REFERENCE_KEY": "1:" + String(repeating: "ab", count: 32),
    ]
    func run(_ arguments: String...) -> Run { Run(arguments, environment: environment) }

    let refused = run("retention", "archive", "--before", "2025-02")
    #expect(refused.status == .failure)
    #expect(refused.errors.contains("2025-01 stays in the ledger:\n  acme, order: not billed, the billing period from"))
    #expect(run("companies", "set", "acme").status == .success)
    #expect(run("billing-run").status == .success)
    let archived = run("retention", "archive", "--before", "2025-02")
    #expect(archived.status == .success, "\(archived.errors)")
    #expect(archived.output.hasPrefix("archived 2025-01: 1 rows, usage_records-2025-01-"))
    #expect(run("retention", "archive", "--before", "2025-02").output == "no month before 2025-02 is in the ledger\n")

    let list = run("retention", "list", "--json")
    guard case .array(let months)? = try JSONValue.parse(Array(list.output.utf8))["months"],
      let month = months.first(where: { $0["month"].map { "\($0)" } == "string(\"2025-01\")" }),
      case .string(let file)? = month["file"], case .string("archived")? = month["state"],
      case .number("1")? = month["rows"], case .string(let checksum)? = month["sha256"]
    else {
      Issue.record("\(list.output)")
      return
    }
    #expect(archived.output.contains(file) && archived.output.contains(checksum))
    #expect(run("retention", "list").output.contains("2025-01  archived     1"))

    let verified = run("verify")
    #expect(verified.status == .success)
    #expect(verified.output.contains("not compared, since 2025-01 is archived: 1 periods: acme 2025-01-01"))
    #expect(run("verify", "--json").output.contains(#""archived": {"#))
    #expect(run("usage", "acme", "--period", "2025-01-10").output.contains("0.30"))
    let part = run("usage", "acme", "--period", "2025-01-10", "--subscription", "sub")
    #expect(part.status == .failure)
    #expect(part.errors.contains("the answer would be incomplete: the records of 2025-01 are archived"))
    let void = run("usage", "void", "acme", "u1", "--reason", "no")
    #expect(void.status == .failure)
    #expect(void.errors.contains("what is of 2025-01 or before is archived"))

    let restored = run("retention", "restore", folder.path(of: file))
    #expect(restored.output == "2025-01 is in the ledger again: 1 rows\n", "\(restored.errors)")
    #expect(run("usage", "acme", "--period", "2025-01-10", "--subscription", "sub").status == .success)
    let voidAgain = run("usage", "void", "acme", "u1", "--reason", "no")
    #expect(voidAgain.status == .failure)
    #expect(voidAgain.errors.contains("the record is of 2025-01, which is archived"))
    let whole = run("verify", "--full")
    #expect(whole.output == "clean: 1 companies, 1 records\n")
    #expect(run("retention", "restore", folder.path(of: file)).errors.contains("was put back before"))
    #expect(run("retention", "restore", folder.path).status == .failure)
  }

  @Test("erasing a person names the archives that may still hold the person")
  func erase() throws {
    let database = try TestDatabase.create()
    let connection = try database.connect()
    try connection.execute(
      """
      INSERT INTO billing.companies (company_id, version) VALUES ('acme', 1);
      INSERT INTO billing.usage_daily (company_id, metric, day, aggregation, quantity, events)
      VALUES ('acme', 'order', '2025-01-10', 's', 1, 1), ('acme', 'order', '2025-03-10', 's', 1, 1);
      INSERT INTO billing.archived_months (month, state, file_name, rows, checksum, archived_at, archived_by)
      SELECT ('2025-0' || n || '-01')::date, 'a', 'f', 1, sha256(''), now(), 'tests' FROM generate_series(1, 3) AS n
      """)
    let run = Run(
      ["privacy", "erase", "--company", "acme", "--subject", "/etc/hostname"],
      environment: [
        "DATABASE_URL": database.url, "PATIENT_REFERENCE_KEY": "1:" + String(repeating: "ab", count: 32),
      ])
    #expect(run.status == .success, "\(run.errors)")
    #expect(run.output.contains("notice: archives may still hold the person's pseudonyms: 2025-01, 2025-03\n"))
    let told = try connection.query("SELECT facts FROM billing.audit_log WHERE action = 'subject_erased'").one()
    #expect(
      try told.decode(String.self, at: 0)
        == #"{"mappings":0,"records":0,"archivedMonths":["2025-01-01","2025-03-01"]}"#)
  }
}
