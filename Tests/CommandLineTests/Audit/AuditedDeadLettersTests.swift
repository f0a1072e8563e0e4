import AMQP
import JSON
import PostgreSQL
import TestSupport
import Testing

@testable import usage_billing

@Suite(
  "Dead letters are audited",
  .enabled(if: TestBroker.isAvailable && TestDatabase.isAvailable, "needs servers: AMQP_URL, DATABASE_URL"))
struct AuditedDeadLettersTests {
  private static let body = #"{"usageId":"Jane Doe 4711007","patient":"1971-03-04"}"#

  private let broker: TestBroker
  private let database: TestDatabase
  private let log: AuditReading
  private let withoutDatabase: [String: String]

  init() throws {
    broker = try TestBroker()
    database = try TestDatabase.create()
    withoutDatabase = broker.environment.merging(["ORDER_QUEUE": "\(broker.queue).orders"]) { $1 }
    log = AuditReading(environment: withoutDatabase.merging(["DATABASE_URL": database.url]) { $1 })
    let configuration = try BrokerConfiguration(url: try #require(TestBroker.url))
    let publisher = try Publisher(configuration, name: "test", watchdog: try Watchdog())
    for reason in ["malformed_json", "unknown_metric", "Jane Doe"] {
      let headers: [String: FieldValue] = [
        "x-reason": .string(reason), "x-original-queue": .string(broker.queue),
        "x-rejected-at": .string("2026-01-15T12:00:00Z"),
      ]
      try publisher.publish(
        OutgoingMessage(body: Array(Self.body.utf8), headers: headers), exchange: "",
        routingKey: broker.deadLetterQueue,
        mandatory: true)
    }
    #expect(try publisher.waitForConfirms(timeout: .seconds(30)).count == 3)
  }

  private func run(_ arguments: String...) -> Run { Run(["dead-letters"] + arguments, environment: log.environment) }

  private func told() throws -> [String] {
    try log.acts().dropFirst().map { "\($0.action) \(AuditReading.line($0))" }
  }

  private func awaitLetters(_ count: Int) throws {
    try eventually("\(count) letters are there") { try broker.status(of: broker.deadLetterQueue).messages == count }
  }

  @Test("listing and showing masked needs no database, shows nothing of the body, and is no act")
  func masked() throws {
    #expect(Run(["dead-letters", "list"], environment: withoutDatabase).status == .success)
    try awaitLetters(3)
    let shown = Run(["dead-letters", "show", "1"], environment: withoutDatabase)
    #expect(shown.status == .success, "\(shown.errors)")
    #expect(!shown.output.contains("Jane") && !shown.output.contains("1971"))
    let listed = Run(["dead-letters", "list", "--json"], environment: withoutDatabase).output
    #expect(!listed.contains("Jane") && listed.contains("<string of 8 characters>"))
    #expect(listed.contains("malformed_json") && listed.contains(broker.queue))
    #expect(try told() == [])
  }

  @Test("a body is revealed after the row was written, and not where it cannot be")
  func reveal() throws {
    for (url, status) in [("", ExitStatus.wrongUsage), ("postgresql://x@127.0.0.1:1/x", .failure)] {
      let environment = withoutDatabase.merging(["DATABASE_URL": url]) { $1 }
      let refused = Run(["dead-letters", "show", "2", "--reveal"], environment: environment)
      #expect(refused.status == status)
      #expect(!refused.output.contains("Jane") && !refused.errors.contains("Jane"))
      try awaitLetters(3)
    }
    try database.connect().execute("ALTER TABLE billing.audit_log ADD CHECK (action <> 'dead_letter_revealed')")
    #expect(!run("show", "2", "--reveal").output.contains("Jane"))
    try database.connect().execute("ALTER TABLE billing.audit_log DROP CONSTRAINT audit_log_action_check")
    try awaitLetters(3)
    #expect(run("show", "2", "--reveal").output.contains("Jane Doe"))
    #expect(
      try told() == [
        #"dead_letter_revealed {"queue":"usage","place":2,"bytes":\#(Self.body.utf8.count),"#
          + #""rejectedAt":"2026-01-15T12:00:00Z"}"#
      ])
    #expect(try log.leaks(database.connect()) == [])
  }

  @Test("requeueing and discarding are told before and after, with codes of ours and no typed text")
  func requeueAndDiscard() throws {
    for arguments in [
      ["requeue", "--code", "unknown_metric"], ["discard", "--reason", "Jane", "--code=Jane Doe", "--yes"],
    ] {
      #expect(Run(["dead-letters"] + arguments, environment: withoutDatabase).status == .wrongUsage)
      let nowhere = withoutDatabase.merging(["DATABASE_URL": "postgresql://x@127.0.0.1:1/x"]) { $1 }
      #expect(Run(["dead-letters"] + arguments, environment: nowhere).status == .failure)
      let left = try broker.status(of: broker.deadLetterQueue).messages
      let run = Run(["dead-letters"] + arguments, environment: log.environment)
      #expect(run.status == .success, "\(run.errors)")
      try awaitLetters(left - 1)
    }
    #expect(run("discard", "1", "--reason", "Jane Doe 4711007").status == .success)
    func ended(_ done: Int) -> String { #"{"stage":"ended","queues":[{"queue":"usage","done":\#(done),"kept":0}]}"# }
    #expect(
      try told() == [
        #"dead_letters_requeued {"stage":"begun","queues":["usage","orders"],"code":"unknown_metric"}"#,
        "dead_letters_requeued \(ended(1))",
        #"dead_letters_discarded {"stage":"begun","queues":["usage","orders"],"code":"another"}"#,
        "dead_letters_discarded \(ended(1))",
        #"dead_letters_discarded {"stage":"begun","queues":["usage"],"firstPlace":1,"lastPlace":1}"#,
        "dead_letters_discarded \(ended(1))",
      ])
    #expect(try log.leaks(database.connect()) == [])
  }
}
