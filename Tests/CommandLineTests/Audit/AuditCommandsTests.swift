import Audit
import Billing
import JSON
import Outbox
import PostgreSQL
import TestSupport
import Testing

@testable import usage_billing

@Suite("audit list and verify", .enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct AuditCommandsTests {
  private let database: TestDatabase
  private let environment: [String: String]

  init() throws {
    database = try TestDatabase.create()
    environment = [
      "DATABASE_URL": database.url, "USAGE_BILLING_SCHEMAS": TestDatabase.schemasFolder,
      "AMQP_URL": "amqp://127.0.0.1:1/", "SUDO_USER": "alice",
    ]
    for company in ["one", "two", "three"] { #expect(run("companies", "set", company).status == .success) }
  }

  private func run(_ arguments: String...) -> Run { Run(arguments, environment: environment) }

  private func tamper(_ sql: String) throws {
    try database.connect().execute("ALTER TABLE billing.audit_log DISABLE TRIGGER append_only; \(sql)")
  }

  @Test("acts are listed for people, the latest first, by time, action and company")
  func list() {
    let table = run("audit", "list").output
    let lines = table.split(separator: "\n")
    #expect(lines.count == 5)
    #expect(["alice@", " company_set ", " three "].allSatisfy { lines[1].contains($0) })
    #expect(lines[4].contains("catalog_applied"))
    let one = run("audit", "list", "--company", "one", "--action=company_set", "--since", "2020-01-01").output
    #expect(one.split(separator: "\n").count == 2)
    #expect(run("audit", "list", "--limit", "2").output.hasSuffix("(the latest 2; --limit shows more)\n"))
    for arguments in [["--company", "nobody"], ["--since", "2999-01-01T00:00:00Z"], ["--action", "outbox_paused"]] {
      #expect(Run(["audit", "list"] + arguments, environment: environment).output == "no such acts\n")
    }
    for arguments in [["--action", "dance"], ["--since", "yesterday"], ["--limit", "0"], ["--company", "a b"]] {
      #expect(Run(["audit", "list"] + arguments, environment: environment).status == .wrongUsage)
    }
  }

  @Test("an intact log has a head, which proves later that nothing was cut off or replaced")
  func verify() throws {
    let intact = run("audit", "verify", "--json")
    #expect(intact.status == .success)
    let document = try JSONValue.parse(Array(intact.output.utf8))
    #expect(document["intact"] == .bool(true))
    #expect(document["rows"] == .number("4"))
    let head = try #require(document.texts("head")[0])
    #expect(run("audit", "verify").output == "intact: 4 rows\nhead: \(head)\n")
    #expect(run("companies", "set", "one", "--anchor-day=3").status == .success)
    #expect(run("audit", "verify", "--expect-head", head).status == .success)
    try tamper("DELETE FROM billing.audit_log WHERE number > 3")
    #expect(run("audit", "verify").status == .success)
    let cut = run("audit", "verify", "--expect-head", head)
    #expect(cut.status == .failure)
    #expect(cut.output.hasPrefix("rows 4 to 4 were cut off"))
    #expect(run("audit", "verify", "--expect-head", "4:abc").status == .wrongUsage)
  }

  @Test("one row that was tampered with is found and named")
  func tampered() throws {
    try tamper("UPDATE billing.audit_log SET person = 'bob' WHERE number = 2")
    let run = run("audit", "verify")
    #expect(run.status == .failure)
    #expect(run.output == "row 2 was changed: its hash is another one\nbroken: 4 rows\n")
    let document = try JSONValue.parse(Array(self.run("audit", "verify", "--json").output.utf8))
    guard case .array(let findings)? = document["findings"] else { throw TestFailure("no findings") }
    #expect(findings.map { $0.texts("row", "kind") } == [["2", "changed"]])
  }

  @Test("facts that somebody put in by hand are listed as they are, and cannot drive a terminal")
  func strangeFacts() throws {
    try tamper("UPDATE billing.audit_log SET facts = E'\\x1b[2J no JSON' WHERE number = 2")
    #expect(!run("audit", "list").output.contains("\u{1B}"))
    #expect(run("audit", "list", "--json").output.contains("no JSON"))
  }

  @Test("no type that this program knows lets text of people or messages into the log")
  func types() throws {
    let reference: Any = try #require(RemoteID("cus_Jane"))
    let texts: [Any] = ["Jane", "Jane"[...], UsageID(trusted: "Jane"), Pseudonym(keyID: 1, hash: []), reference]
    for text in texts { #expect(!(text is any AuditValue), "\(type(of: text))") }
    #expect(KnownReason("Jane Doe") == nil)
    #expect(KnownReason("too_old")?.auditText == "too_old")
    #expect(KnownReason("delivery_limit")?.auditText == "delivery_limit")
  }
}
