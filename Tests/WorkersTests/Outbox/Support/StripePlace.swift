import Billing
import HTTP
import JSON
import Ledger
import Operations
import Outbox
import PostgreSQL
import StripeSimulator
import TestSupport
import Testing

/// A database of a test's own, a Stripe of its own, and the real outbox worker between them.
final class StripePlace {
  static let key = "sk_test_place_of_a_test"

  let database: TestDatabase
  let connection: Connection
  private(set) var simulator: Simulator
  private let variables: [String: String]
  private let client: HTTPClient
  private let today = Instant(microseconds: SystemClock.microseconds()).date
  private var minutes: Int64 = 0
  private var random = SystemRandomNumberGenerator()

  /// - Parameter variables: for every program of the place, over the usual ones.
  init(_ variables: [String: String] = [:]) throws {
    database = try TestDatabase.create()
    connection = try Connection.forLedger(database.configuration)
    simulator = try Simulator.start()
    client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
    self.variables = variables
    for meter in ["order", "storage"] {
      try post(
        "/v1/billing/meters", "display_name=\(meter)&event_name=\(meter)&default_aggregation[formula]=sum")
    }
  }

  deinit { simulator.stop() }

  // MARK: Programs

  func environment(_ extra: [String: String] = [:]) -> [String: String] {
    let stripe = "http://127.0.0.1:\(simulator.port)"
    let usual = [
      "DATABASE_URL": database.url, "AMQP_URL": "amqp://127.0.0.1:1/", "SHUTDOWN_DEADLINE_SECONDS": "20",
      "STRIPE_SECRET_KEY": Self.key, "STRIPE_API_BASE": stripe, "STRIPE_METER_EVENTS_BASE": stripe,
      "STRIPE_TIMEOUT_SECONDS": "3", "OUTBOX_LEASE_SECONDS": "9", "STRIPE_REQUIRE_SUBSCRIPTION": "false",
      "STRIPE_ENDPOINT_RATE": "500", "STRIPE_RATE": "1000",
    ]
    return usual.merging(variables) { $1 }.merging(extra) { $1 }
  }

  func worker(_ extra: [String: String] = [:]) throws -> TestWorker {
    try TestWorker(["outbox-worker"], environment: environment(extra))
  }

  /// A worker that dies at the failpoint, which it must reach.
  func die(at failpoint: StaticString, _ extra: [String: String] = [:]) throws {
    let victim = try worker(extra.merging(["USAGE_BILLING_FAILPOINTS": "\(failpoint)=kill"]) { $1 })
    guard try victim.waitForExit() == .signal(9) else { throw TestFailure("\(failpoint) was not passed") }
  }

  @discardableResult
  func run(_ arguments: String...) throws -> String { try TestWorker.run(arguments, environment: environment()) }

  // MARK: What is owed

  /// A registered company in mode live, a customer at Stripe.
  func add(_ company: String) throws {
    try connection.update(
      """
      INSERT INTO billing.companies (company_id, registered_at, plan_id, currency, stripe_mode, stripe_customer, version)
      VALUES (\(company), now(), 'standard', 'usd', 'live', \(try customer()), 1)
      """)
  }

  @discardableResult
  func owe(_ company: String, _ effects: Effect...) throws -> [EntryID] { try owe(company, effects) }

  @discardableResult
  func owe(_ company: String, _ effects: [Effect]) throws -> [EntryID] {
    let id = try #require(CompanyID(company))
    let now = Instant(microseconds: SystemClock.microseconds())
    let entries = effects.map { NewEntry(id: EntryID(now: now, using: &random), company: id, effect: $0) }
    try connection.begin()
    try OutboxWriter(connection).write(entries)
    try connection.commit()
    return entries.map(\.id)
  }

  var period: BillingPeriod {
    get throws {
      let (start, end) = (today.adding(days: -10), today.adding(days: 20))
      return try #require(BillingPeriod(start: start, end: end))
    }
  }

  /// In a minute of its own.
  func event(_ metric: String = "order", value: Int = 7) throws -> Effect {
    // Of the ten days of the period that are past.
    minutes = minutes % 14_000 + 1
    let (metric, period) = (try #require(MetricName(metric)), try period)
    let event = MeterEvent(
      metric: metric, period: period, value: Quantity(value),
      timestamp: period.start.start.adding(seconds: minutes * 60))
    return .meterEvent(try #require(event))
  }

  func item(_ amount: Int64 = 100, invoice: Int64? = nil, currency: String = "usd") throws -> Effect {
    .invoiceItem(
      InvoiceItem(
        minorUnits: amount, currency: try #require(Currency(currency)), line: .baseFee(try period),
        invoice: invoice.flatMap { InvoiceNumber($0) }))
  }

  func invoice(_ number: Int64 = 1) throws -> Effect {
    .invoice(
      InvoiceCreation(
        number: try #require(InvoiceNumber(number)), period: try period, currency: try #require(Currency("usd"))))
  }

  func finalization(_ number: Int64 = 1) throws -> Effect {
    .finalizeInvoice(InvoiceFinalization(number: try #require(InvoiceNumber(number))))
  }

  // MARK: Time

  /// So much later, for Stripe and for what the database remembers.
  func wait(hours: Int) throws {
    try connection.execute(
      """
      UPDATE billing.outbox_entries SET created_at = created_at - interval '\(hours) hours',
        first_attempt_at = first_attempt_at - interval '\(hours) hours',
        last_attempt_at = last_attempt_at - interval '\(hours) hours';
      UPDATE billing.outbox_keys SET lease_until = lease_until - interval '\(hours) hours',
        due_at = due_at - interval '\(hours) hours'
      """)
    simulator.clock.advance(by: .seconds(hours * 3600))
  }

  // MARK: Looking

  func number(_ sql: SQL) throws -> Int { Int(try connection.query(sql).one().decode(Int64.self, at: 0)) }

  /// Entries that are not settled, in one of the states: q, u, x, e.
  func waiting(_ states: String...) throws -> Int {
    try number("SELECT count(*) FROM billing.outbox_entries WHERE state::text = ANY (\(states))")
  }

  func settled(_ id: EntryID) throws -> String? {
    try connection.query("SELECT outcome::text FROM billing.outbox_history WHERE entry_id = \(id)").first?.decode(at: 0)
  }

  func awaitSettled(_ ids: [EntryID], within seconds: Int = 60) throws {
    var left = 0
    try eventually("all are settled; \(left) are left: \(describeWaiting())", within: seconds) {
      left =
        ids.count - (try number("SELECT count(*) FROM billing.outbox_history WHERE entry_id = ANY (\(ids))"))
      return left == 0
    }
  }

  func awaitHold(_ company: String, _ hold: String) throws {
    try eventually("\(company) is held for \(hold): \(describeWaiting())") {
      try number("SELECT count(*) FROM billing.outbox_keys WHERE company_id = \(company) AND hold = \(hold)") > 0
    }
  }

  private func describeWaiting() -> String {
    let text: String? = try? connection.query(
      """
      SELECT coalesce(string_agg(d, '; '), 'nothing') FROM (
        SELECT concat_ws(' ', e.company_id, e.ordering_key, e.state, k.state, k.hold, e.attempts, e.problem) AS d
        FROM billing.outbox_entries e JOIN billing.outbox_keys k USING (company_id, ordering_key) LIMIT 5) AS x
      """
    ).one().decode(at: 0)
    return text ?? "the database does not say"
  }

  // MARK: Stripe's side

  func received(_ endpoint: String) -> Int { simulator.effects.requests.count { $0.endpoint == endpoint } }

  /// How often each entry's effect is there.
  func effects() -> [String: Int] {
    var counts: [String: Int] = [:]
    for event in simulator.effects.meterEvents { counts[event.identifier, default: 0] += 1 }
    for kind in ["invoiceitems", "invoices", "customers"] {
      for object in simulator.effects.objects(kind) {
        if case .string(let id)? = object["metadata"]?["entry_id"] { counts[id, default: 0] += 1 }
      }
    }
    return counts
  }

  func expectOnce(_ ids: [EntryID], _ location: SourceLocation = #_sourceLocation) {
    let counts = effects()
    for id in ids {
      #expect(counts[id.description, default: 0] == 1, "\(id) has another number of effects", sourceLocation: location)
    }
    #expect(counts.count == ids.count, "Stripe has what was not owed", sourceLocation: location)
  }

  func customer() throws -> String {
    guard case .string(let id)? = try post("/v1/customers", "")["id"] else { throw TestFailure("no customer") }
    return id
  }

  @discardableResult
  func post(_ path: String, _ form: String) throws -> JSONValue {
    let response = try client.perform(
      HTTPClient.Request(
        .post, "http://127.0.0.1:\(simulator.port)\(path)",
        headers: ["Authorization": "Bearer \(Self.key)", "Content-Type": "application/x-www-form-urlencoded"],
        body: Array(form.utf8), timeout: .seconds(20)))
    guard response.status == 200 else {
      throw TestFailure("\(path): \(String(decoding: response.body, as: UTF8.self))")
    }
    return try JSONValue.parse(response.body)
  }
}
