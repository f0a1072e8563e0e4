import Billing
import HTTP
import JSON
import Ledger
import Operations
import Outbox
import PostgreSQL
import Storage
import StripeSimulator
import TestSupport
import Testing

@testable import usage_billing

/// A database of a test's own, a Stripe of its own, and the program between them.
final class StripeWorld {
  let database: TestDatabase
  let connection: Connection
  let simulator: Simulator
  let environment: [String: String]
  /// Around today, so that its minutes are such as Stripe takes.
  let period: BillingPeriod
  private let client: HTTPClient
  private let now = Instant(microseconds: SystemClock.microseconds())
  private var minutes: Int64 = 0
  private var random = SystemRandomNumberGenerator()

  init(meters: String...) throws {
    database = try TestDatabase.create()
    // As lanes and workers have it.
    connection = try Connection.forLedger(database.configuration)
    simulator = try Simulator.start()
    client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
    let today = now.date
    period = try #require(BillingPeriod(start: today.adding(days: -10), end: today.adding(days: 20)))
    environment = [
      "DATABASE_URL": database.url, "USAGE_BILLING_SCHEMAS": TestDatabase.schemasFolder,
      "AMQP_URL": "amqp://127.0.0.1:1/", "STRIPE_SECRET_KEY": "sk_test_commands",
      "STRIPE_API_BASE": "http://127.0.0.1:\(simulator.port)",
      "STRIPE_METER_EVENTS_BASE": "http://127.0.0.1:\(simulator.port)", "STRIPE_REQUIRE_SUBSCRIPTION": "false",
    ]
    for meter in meters {
      try post(
        "/v1/billing/meters",
        "display_name=\(meter)&event_name=\(meter)&default_aggregation[formula]=sum"
          + "&customer_mapping[type]=by_id&customer_mapping[event_payload_key]=stripe_customer_id"
          + "&value_settings[event_payload_key]=value")
    }
  }

  deinit { simulator.stop() }

  // MARK: Stripe's side

  @discardableResult
  func post(_ path: String, _ form: String) throws -> JSONValue { try call(.post, path, form) }

  func delete(_ path: String) throws { _ = try call(.delete, path, "") }

  /// The `id` of every object of a list.
  func list(_ path: String) throws -> [String] {
    guard case .array(let objects)? = try call(.get, path, "")["data"] else { return [] }
    return objects.compactMap { if case .string(let id)? = $0["id"] { id } else { nil } }
  }

  private func call(_ method: HTTPMethod, _ path: String, _ form: String) throws -> JSONValue {
    let headers: HTTPHeaders = [
      "Authorization": "Bearer sk_test_commands", "Content-Type": "application/x-www-form-urlencoded",
    ]
    let response = try client.perform(
      HTTPClient.Request(
        method, "http://127.0.0.1:\(simulator.port)\(path)", headers: headers, body: Array(form.utf8),
        timeout: .seconds(20)))
    #expect(response.status == 200, "\(path): \(String(decoding: response.body, as: UTF8.self))")
    return try JSONValue.parse(response.body)
  }

  /// An event that is not ours.
  func plantEvent(_ metric: String, _ customer: String, value: String) throws {
    try post(
      "/v1/billing/meter_events",
      "event_name=\(metric)&payload[stripe_customer_id]=\(customer)&payload[value]=\(value)"
        + "&timestamp=\(now.microseconds / 1_000_000)")
  }

  // MARK: Our side

  /// A registered company in mode live with a customer and a billing period.
  @discardableResult
  func add(_ company: String) throws -> String {
    guard case .string(let customer)? = try post("/v1/customers", "")["id"] else {
      throw TestFailure("no customer was made")
    }
    _ = try connection.update(
      """
      INSERT INTO billing.companies (company_id, registered_at, plan_id, currency, stripe_mode, stripe_customer, version)
      VALUES (\(company), now(), 'standard', 'usd', 'live', \(customer), 1)
      """)
    _ = try connection.update(
      """
      INSERT INTO billing.billing_periods (company_id, period_start, period_end, plan_id, currency)
      VALUES (\(company), \(period.start), \(period.end), 'standard', 'usd')
      """)
    return customer
  }

  /// A total of which all but `rest` was reported, in one event.
  @discardableResult
  func report(_ company: String, _ metric: String, _ value: String, rest: String = "0") throws -> EntryID {
    let quantity = try #require(Quantity(value))
    let left = try #require(Quantity(rest))
    _ = try connection.update(
      """
      INSERT INTO billing.usage_periods (company_id, metric, period_start, aggregation, events, quantity)
      VALUES (\(company), \(metric), \(period.start), 's', 1, \(quantity + left))
      """)
    _ = try connection.update(
      """
      INSERT INTO billing.meter_reports (company_id, metric, period_start, reported)
      VALUES (\(company), \(metric), \(period.start), \(quantity))
      """)
    minutes += 1
    let minute = Instant(microseconds: now.microseconds / 60_000_000 * 60_000_000).adding(seconds: -60 * minutes)
    let event = MeterEvent(
      metric: try #require(MetricName(metric)), period: period, value: quantity, timestamp: minute)
    return try write(company, .meterEvent(try #require(event)))
  }

  /// An invoice item for usage of the period.
  @discardableResult
  func item(_ company: String, _ metric: String, cents: Int64, invoice: Int64? = nil) throws -> EntryID {
    let line = InvoiceLine.usage(try #require(MetricName(metric)), Quantity(1), period)
    let item = InvoiceItem(
      minorUnits: cents, currency: try #require(Currency("usd")), line: line,
      invoice: invoice.flatMap { InvoiceNumber($0) })
    return try write(company, .invoiceItem(item))
  }

  private func write(_ company: String, _ effect: Effect) throws -> EntryID {
    let id = EntryID(now: now, using: &random)
    let entry = NewEntry(id: id, company: try #require(CompanyID(company)), effect: effect)
    try connection.begin()
    try OutboxWriter(connection).write([entry])
    try connection.commit()
    return id
  }

  /// Puts an entry aside: `x` dead, `u` unknown, `e` expired.
  func putAside(_ id: EntryID, _ state: String, problem: String? = nil) throws {
    let count = try connection.update(
      """
      UPDATE billing.outbox_entries SET state = \(state)::"char", problem = \(problem), attempts = 1,
        first_attempt_at = now(), last_attempt_at = now()
      WHERE entry_id = \(id)
      """)
    #expect(count == 1)
    try connection.execute(
      """
      UPDATE billing.outbox_keys AS k SET state = 'i' WHERE state = 'w' AND NOT EXISTS (
        SELECT FROM billing.outbox_entries e
        WHERE (e.company_id, e.ordering_key) = (k.company_id, k.ordering_key) AND e.state = 'q')
      """)
  }

  func number(_ sql: SQL) throws -> Int { Int(try connection.query(sql).one().decode(Int64.self, at: 0)) }

  /// Lets the real worker send everything that is queued.
  func deliver() throws {
    let worker = try TestWorker(["outbox-worker"], environment: environment)
    try eventually("everything is sent; it says \(worker.standardError.suffix(500))") {
      try number("SELECT count(*) FROM billing.outbox_entries WHERE state = 'q'") == 0
    }
    try worker.stop()
  }

  func run(_ arguments: String..., extra: [String: String] = [:]) -> Run {
    Run(arguments, environment: environment.merging(extra) { $1 })
  }

  /// `reconcile --json`, and what it found.
  func reconcile(_ arguments: String...) throws -> (status: ExitStatus, document: JSONValue, differences: [JSONValue]) {
    let run = Run(["reconcile", "--json"] + arguments, environment: environment)
    let document = try JSONValue.parse(Array(run.output.utf8))
    guard case .array(let differences)? = document["differences"] else {
      throw TestFailure("no differences in \(run.output) \(run.errors)")
    }
    return (run.status, document, differences)
  }
}

extension JSONValue {
  /// The texts of members, by name.
  func texts(_ names: String...) -> [String?] {
    names.map { name in
      switch self[name] {
      case .string(let text), .number(let text): text
      default: nil
      }
    }
  }
}
