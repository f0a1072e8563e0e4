import AMQP
import Billing
import Glibc
import Ledger
import Operations
import PostgreSQL
import TestSupport
import Testing

/// A database and queues of one test's own, the real program to work on them, and a subscriber to threshold messages.
final class Scene {
  static var isAvailable: Bool { TestBroker.isAvailable && TestDatabase.isAvailable && TestWorker.binary != nil }

  let database: TestDatabase
  let broker: TestBroker
  let connection: Connection
  let subscriber: String
  private let variables: [String: String]

  /// - Parameter variables: for every program of the scene, over the usual ones.
  init(
    deliveryLimit: Int = 20, _ variables: [String: String] = [:], of kind: TestBroker.Kind = .usage
  ) throws {
    database = try TestDatabase.create()
    connection = try database.connect()
    broker = try TestBroker(kind, deliveryLimit: deliveryLimit)
    subscriber = try broker.subscribe()
    self.variables = variables
  }

  func environment(_ extra: [String: String] = [:]) -> [String: String] {
    var environment = broker.environment
    environment["DATABASE_URL"] = database.url
    environment["PATIENT_REFERENCE_KEY"] = "1:\(String(repeating: "0123456789abcdef", count: 4))"
    environment["SHUTDOWN_DEADLINE_SECONDS"] = "20"
    return environment.merging(variables) { $1 }.merging(extra) { $1 }
  }

  func worker(_ extra: [String: String] = [:]) throws -> TestWorker {
    try TestWorker([broker.kind == .usage ? "usage-worker" : "order-worker"], environment: environment(extra))
  }

  @discardableResult
  func run(_ arguments: String...) throws -> String { try TestWorker.run(arguments, environment: environment()) }

  /// Registers a company with a threshold of its own for orders, where one is given.
  func register(_ company: String, plan: String = "standard", orderThreshold: Int? = nil) throws {
    var arguments = ["companies", "set", company, "--plan", plan]
    if let orderThreshold { arguments += ["--rate", "order:threshold=\(orderThreshold)"] }
    try TestWorker.run(arguments, environment: environment())
  }

  // MARK: Counting

  func number(_ sql: SQL) throws -> Int { Int(try connection.query(sql).one().decode(Int64.self, at: 0)) }

  /// Records that stand, of all companies.
  func counted() throws -> Int {
    try number("SELECT count(*) FROM billing.usage_records WHERE kind = 'u' AND NOT voided")
  }

  func deadLetters() throws -> Int { try broker.status(of: broker.deadLetterQueue).messages }

  func awaitCounted(_ records: Int, deadLetters: Int = 0) throws {
    // Only looked for where they are expected: a test may have taken their queue away.
    func state() throws -> (Int, Int) { (try counted(), deadLetters > 0 ? try self.deadLetters() : 0) }
    var last = (-1, -1)
    try eventually("\(records) records and \(deadLetters) dead letters; there are \(last)") {
      last = try state()
      return last.0 >= records && last.1 >= deadLetters
    }
    #expect(last.0 == records)
  }

  /// Stops the worker, which must end well, when nothing is left to do. What it had fetched and not acknowledged is ready
  /// again then, and another one has its turn: in the end no message is in the queue and none in anybody's hands.
  ///
  /// - Parameter extra: the worker's environment, for those that follow it.
  func finish(_ worker: TestWorker, _ extra: [String: String] = [:]) throws {
    var worker = worker
    for _ in 0..<10 {
      try eventually("nothing is ready") { try broker.waiting() == 0 }
      try worker.stop()
      if try broker.waiting() == 0 {
        // The product's own verdict; `wrongTotals` is one apart from it.
        try run("verify")
        return
      }
      worker = try self.worker(extra)
    }
    throw TestFailure("messages come back to the queue again and again")
  }

  /// Threshold messages are out when none is owed.
  func awaitPublished() throws {
    try eventually("the event outbox is empty") { try number("SELECT count(*) FROM billing.event_outbox") == 0 }
  }

  /// Daily and period totals that differ from what the ledger comes to, the missing and the superfluous ones as well.
  func wrongTotals() throws -> Int {
    let path = "\(TestDatabase.schemasFolder)/../scripts/tools/wrong-totals.sql"
    let sql = String(decoding: try FileBytes.read(path, limit: 1 << 16), as: UTF8.self)
    return Int(try connection.executeReturningLast(sql).one().decode(Int64.self, at: 0))
  }

  /// The threshold messages received since the last look.
  func alerts() throws -> [Alert] { try broker.takeAll(from: subscriber).map(Alert.init) }
}
