import JSON
import Outbox
import TestSupport
import Testing

@testable import usage_billing

@Suite("outbox commands", .enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct OutboxCommandsTests {
  private let world: StripeWorld
  private let waiting: EntryID
  private let dead: EntryID
  private let unknown: EntryID

  init() throws {
    world = try StripeWorld()
    for company in ["acme", "labs"] { try world.add(company) }
    waiting = try world.report("acme", "order", "12.5")
    dead = try world.item("acme", "order", cents: 1234)
    unknown = try world.report("labs", "order", "7")
    try world.putAside(dead, "x", problem: "invalid_request")
    try world.putAside(unknown, "u", problem: "summary_differs")
  }

  private func listed(_ arguments: String...) throws -> [String?] {
    let run = Run(["outbox", "list", "--json"] + arguments, environment: world.environment)
    #expect(run.status == .success)
    guard case .array(let entries)? = try JSONValue.parse(Array(run.output.utf8))["entries"] else { return [] }
    return entries.map { $0.texts("id")[0] }
  }

  private func shown(_ id: EntryID) throws -> JSONValue {
    try JSONValue.parse(Array(world.run("outbox", "show", id.description, "--json").output.utf8))
  }

  @Test("entries are listed by state and company, and totals by state for either")
  func list() throws {
    #expect(Set(try listed()) == Set([waiting, dead, unknown].map(\.description)))
    #expect(try listed("--state", "queued") == [waiting.description])
    #expect(try listed("--state", "dead", "--company", "acme") == [dead.description])
    #expect(try listed("--state", "dead", "--company", "labs") == [])
    #expect(try listed("--state", "unknown") == [unknown.description])
    for state in ["delayed", "held", "expired"] { #expect(try listed("--state", state) == []) }
    #expect(try listed("--limit", "1").count == 1)
    let table = world.run("outbox", "list").output
    for text in ["order: 12.5", "12.34 usd", "invalid_request", "summary_differs", "dead", "unknown", "Oldest"] {
      #expect(table.contains(text), "\(text) in \(table)")
    }
    let labs = try JSONValue.parse(Array(world.run("outbox", "list", "--company=labs", "--json").output.utf8))
    guard case .array(let totals)? = labs["totals"] else { throw TestFailure("no totals") }
    #expect(totals.map { $0.texts("state", "entries") } == [["unknown", "1"]])
  }

  @Test("delayed and held entries say until when, and what for")
  func delayedAndHeld() throws {
    try world.connection.execute(
      "UPDATE billing.outbox_keys SET state = 'd', due_at = '2099-01-01Z' WHERE ordering_key = 'meter:order'")
    #expect(try listed("--state", "delayed") == [waiting.description])
    #expect(try listed("--state", "queued") == [])
    #expect(world.run("outbox", "list").output.contains("2099-01-01T00:00:00Z"))
    try world.connection.execute(
      """
      UPDATE billing.outbox_keys SET state = 'h', due_at = NULL, hold = 'no_customer' WHERE ordering_key = 'meter:order'
      """)
    #expect(try listed("--state", "held") == [waiting.description])
    #expect(try shown(waiting).texts("state", "hold") == ["held", "no_customer"])
  }

  @Test("an entry is shown whole")
  func show() throws {
    let document = try shown(dead)
    #expect(
      document.texts("companyId", "sequence", "state", "attempts", "problem") == [
        "acme", "items", "dead", "1", "invalid_request",
      ])
    #expect(
      document["effect"]?.texts("kind", "amount", "currency", "line") == ["invoice_item", "12.34", "usd", "usage"])
    let table = world.run("outbox", "show", unknown.description).output
    for text in ["labs", "meter:order", "unknown", "summary_differs", "First attempt"] { #expect(table.contains(text)) }
  }

  @Test("a dead entry is retried, alone or with all of a company; the other company's stay")
  func retry() throws {
    #expect(world.run("outbox", "retry", dead.description).output == "1 to be sent\n")
    #expect(try shown(dead).texts("state", "problem") == ["queued", nil])
    let other = try world.item("labs", "order", cents: 5)
    try world.putAside(dead, "x")
    try world.putAside(other, "x")
    #expect(world.run("outbox", "retry", "--all-dead", "--company", "labs").output == "1 to be sent\n")
    #expect(try listed("--state", "dead") == [dead.description])
    #expect(world.run("outbox", "retry", "--all-dead").output == "1 to be sent\n")
    #expect(world.run("outbox", "retry", "--all-dead").output == "0 to be sent\n")
    #expect(try listed("--state", "unknown") == [unknown.description])
    let idle = try world.number(
      "SELECT count(*) FROM billing.outbox_keys WHERE ordering_key = 'items' AND state <> 'w'")
    #expect(idle == 0)
  }

  @Test("an entry that nobody knows of is sent again only when a person says so, and alone")
  func retryUnknown() throws {
    #expect(world.run("outbox", "retry", "--all-dead").output == "1 to be sent\n")
    #expect(try shown(unknown).texts("state") == ["unknown"])
    #expect(world.run("outbox", "retry", unknown.description, "--json").status == .success)
    #expect(try shown(unknown).texts("state", "problem", "firstAttemptAt") == ["queued", nil, nil])
  }

  @Test("a thousand dead entries are retried in portions, each once")
  func retryMany() throws {
    try world.connection.execute(
      """
      INSERT INTO billing.outbox_entries (entry_id, company_id, ordering_key, kind, effect, state, key_generation)
      SELECT gen_random_uuid(), 'labs', 'items', 'customer', '{}', 'x', 3 FROM generate_series(1, 1001)
      """)
    #expect(world.run("outbox", "retry", "--all-dead").output == "1002 to be sent\n")
    #expect(
      try world.number("SELECT count(*) FROM billing.outbox_entries WHERE state = 'q' AND key_generation = 4") == 1001)
  }

  @Test("discarding needs a reason, which is kept with who gave it")
  func discard() throws {
    #expect(world.run("outbox", "discard", dead.description).status == .wrongUsage)
    for reason in ["", "  ", "a\nb"] {
      #expect(world.run("outbox", "discard", dead.description, "--reason", reason).status == .wrongUsage)
    }
    #expect(try shown(dead).texts("state") == ["dead"])
    #expect(world.run("outbox", "discard", dead.description, "--reason", "is at Stripe").status == .success)
    let document = try shown(dead)
    #expect(document.texts("state", "reason") == ["discarded", "is at Stripe"])
    #expect(document.texts("discardedBy")[0]?.contains("@") == true)
    #expect(try listed("--state", "settled", "--company", "acme") == [dead.description])
    let again = world.run("outbox", "discard", dead.description, "--reason", "again")
    #expect(again.status == .failure)
    #expect(again.errors.contains("was settled before"))
    #expect(world.run("outbox", "retry", dead.description).status == .failure)
  }

  @Test("an entry that a worker has at this moment is not discarded; an expired one is not retried")
  func refused() throws {
    try world.connection.execute("UPDATE billing.outbox_keys SET lease_until = now() + interval '1 minute'")
    let run = world.run("outbox", "discard", waiting.description, "--reason", "no")
    #expect(run.status == .failure)
    #expect(run.errors.contains("being sent"))
    #expect(world.run("outbox", "list").output.contains("being sent"))
    try world.putAside(waiting, "e")
    #expect(world.run("outbox", "retry", waiting.description).errors.contains("becomes an invoice item"))
  }

  @Test("sending is paused and resumed, for a company and for all, and lists say so")
  func pause() throws {
    #expect(world.run("outbox", "pause", "acme").output == "acme: sending is paused\n")
    #expect(world.run("outbox", "pause").output == "all companies: sending is paused\n")
    let table = world.run("outbox", "list").output
    #expect(table.contains("sending is paused for acme") && table.contains("paused for all companies"))
    #expect(world.run("outbox", "resume", "acme").output.contains("all companies are still paused"))
    #expect(world.run("outbox", "resume").output == "all companies: sending is resumed\n")
    #expect(world.run("outbox", "resume").output.contains("it was not paused"))
    let run = world.run("outbox", "pause", "acne")
    #expect(run.status == .failure)
    #expect(run.errors.contains("acne"))
  }

  @Test(
    "wrong usage is named",
    arguments: [
      (["show", "4711"], "ID must be"), (["show"], "ID is missing"), (["retry"], "--all-dead"),
      (["retry", "01943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d2", "--all-dead"], "--all-dead"),
      (["retry", "01943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d2", "--company=a"], "--company goes with"),
      (["list", "--state", "lost"], "--state must be"), (["list", "--state", "settled"], "needs --company"),
      (["list", "--limit", "0"], "--limit must be"), (["pause", "a b"], "COMPANY must be"),
    ])
  func wrongUsage(arguments: [String], message: String) {
    let run = Run(["outbox"] + arguments, environment: world.environment)
    #expect(run.status == .wrongUsage)
    #expect(run.errors.contains(message), "\(run.errors)")
  }

  @Test("ids that no entry has, and companies that are not there, are failures")
  func unknownIDs() {
    let id = "01943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d2"
    for arguments in [["show", id], ["retry", id], ["discard", id, "--reason", "x"]] {
      let run = Run(["outbox"] + arguments, environment: world.environment)
      #expect(run.status == .failure)
      #expect(run.errors.contains(id))
    }
    #expect(world.run("outbox", "list", "--company", "nobody").status == .failure)
  }

  @Test("doctor tells what waits for a person, and that no key is set")
  func doctor() throws {
    let run = world.run("doctor", "--json", extra: ["STRIPE_SECRET_KEY": ""])
    guard case .array(let findings)? = try JSONValue.parse(Array(run.output.utf8))["findings"] else {
      throw TestFailure("no findings")
    }
    let statuses = Dictionary(findings.map { ($0.texts("subject")[0] ?? "", $0.texts("status")[0] ?? "") }) { $1 }
    #expect(statuses["outbox dead"] == "wrong")
    #expect(statuses["outbox unknown"] == "wrong")
    #expect(statuses["outbox"] == "fine")
    #expect(statuses["stripe"] == "note")
  }

  @Test("doctor asks Stripe whether it takes the key")
  func doctorAsksStripe() {
    #expect(world.run("doctor").output.contains("fine    stripe"))
    let refused = world.run("doctor", extra: ["STRIPE_SECRET_KEY": "pk_wrong"]).output
    #expect(refused.contains("the key is not taken, HTTP status 401"))
    #expect(!refused.contains("pk_wrong"))
    let away = world.run("doctor", extra: ["STRIPE_API_BASE": "http://127.0.0.1:1"]).output
    #expect(away.contains("no connection"))
  }
}
