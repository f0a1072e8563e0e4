import Billing
import HTTP
import JSON
import Ledger
import Operations
import Outbox
import PostgreSQL
import Stripe
import StripeSimulator
import TestSupport
import Workers

/// Stripe in the simulated year, and the product's own worker that tells it.
final class YearStripe {
  private static let key = "sk_test_of_a_simulated_year"

  let simulator: Simulator
  private let database: TestDatabase
  private let eye: Connection
  private let client: HTTPClient
  private var worker: OutboxWorker?
  private let configuration: StripeConfiguration

  init(_ database: TestDatabase) throws {
    self.database = database
    eye = try Connection(database.configuration)
    var settings = SimulatorSettings()
    settings.requestLogSize = 10
    simulator = try Simulator.start(settings)
    client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
    guard let key = StripeKey(Self.key) else { throw TestFailure("no key") }
    let base = "http://127.0.0.1:\(simulator.port)"
    configuration = StripeConfiguration(
      secretKey: key, apiBase: base, meterEventsBase: base, timeout: .seconds(3))
    try pause()
  }

  deinit {
    _ = worker?.stop(within: .seconds(20))
    simulator.stop()
  }

  // MARK: - Telling

  /// Tells Stripe everything that is owed and not held for a reason.
  func drain(now: Instant) throws {
    if worker == nil {
      worker = try OutboxWorker(
        OutboxWorker.Setting(
          database: database.configuration, stripe: configuration,
          requirements: SendRequirements(requireSubscription: true, createCustomers: true),
          rates: StripeRates(meterEvents: 5000, meterEventStream: 5000, endpoint: 2000, all: 5000),
          lease: .seconds(9), release: "year"),
        log: Log(level: .error, format: .text))
    }
    // The database's clock is not the year's.
    try eye.update(
      """
      UPDATE billing.outbox_entries SET send_before = now() - interval '1 day'
      WHERE send_before <= \(now) AND send_before > now()
      """)
    try eye.update("DELETE FROM billing.outbox_pauses")
    try eventually("Stripe is told everything: \(waiting())", within: 60) {
      // Nobody waits for backoff: in the simulated year there is all the time.
      try eye.update("UPDATE billing.outbox_keys SET due_at = now() WHERE state = 'd' AND due_at > now()")
      return try number(
        "SELECT count(*) FROM billing.outbox_keys WHERE state IN ('w', 'd') OR lease_until > now()") == 0
    }
    try pause()
    // What was settled was settled in the year.
    try eye.update("SELECT billing.ensure_outbox_month(\(now.date.firstOfMonth))")
    try eye.update("UPDATE billing.outbox_history SET settled_at = \(now) WHERE settled_at < \(Self.begins)")
  }

  private static let begins = Plot.begins.instant

  /// A worker that is killed when it comes to the failpoint, if it does; what it has leased is free at once.
  func kill(at failpoint: String) throws {
    if let worker { _ = worker.stop(within: .seconds(20)) }
    worker = nil
    try eye.update("DELETE FROM billing.outbox_pauses")
    let base = "http://127.0.0.1:\(simulator.port)"
    let victim = try TestWorker(
      ["outbox-worker"],
      environment: [
        "DATABASE_URL": database.url, "AMQP_URL": "amqp://127.0.0.1:1/", "STRIPE_SECRET_KEY": Self.key,
        "STRIPE_API_BASE": base, "STRIPE_METER_EVENTS_BASE": base, "STRIPE_TIMEOUT_SECONDS": "3",
        "OUTBOX_LEASE_SECONDS": "9", "STRIPE_CREATE_CUSTOMERS": "true", "USAGE_BILLING_FAILPOINTS": "\(failpoint)=kill",
      ])
    // There may be nothing to do for it.
    try eventually("a worker dies or is idle", within: 60) {
      try !victim.isRunning
        || number("SELECT count(*) FROM billing.outbox_keys WHERE state IN ('w', 'd') OR lease_until > now()") == 0
    }
    victim.kill()
    _ = try victim.waitForExit()
    try pause()
    try eye.update("UPDATE billing.outbox_keys SET lease_until = now() - interval '1 second' WHERE lease_until > now()")
  }

  private func pause() throws {
    try eye.update(
      "INSERT INTO billing.outbox_pauses (company_id, paused_by) VALUES ('*', 'year') ON CONFLICT DO NOTHING")
  }

  private func waiting() -> String {
    let text: String? = try? eye.query(
      """
      SELECT coalesce(string_agg(d, '; '), 'nothing') FROM (
        SELECT concat_ws(' ', e.company_id, e.ordering_key, e.kind, e.state, k.state, k.hold, e.attempts, e.problem) AS d
        FROM billing.outbox_entries e JOIN billing.outbox_keys k USING (company_id, ordering_key)
        WHERE k.state IN ('w', 'd') LIMIT 5) AS x
      """
    ).one().decode(at: 0)
    return text ?? "the database does not say"
  }

  private func number(_ sql: SQL) throws -> Int { Int(try eye.query(sql).one().decode(Int64.self, at: 0)) }

  // MARK: - What operators do

  func makeCustomer() throws -> String {
    // It is tried once.
    simulator.faults.clear()
    let response = try client.perform(
      HTTPClient.Request(
        .post, "\(configuration.apiBase)/v1/customers",
        headers: ["Authorization": "Bearer \(Self.key)", "Content-Type": "application/x-www-form-urlencoded"],
        timeout: .seconds(20)))
    guard case .string(let id)? = try JSONValue.parse(response.body)["id"] else { throw TestFailure("no customer") }
    return id
  }

  /// As `stripe subscribe` does it.
  func subscribe(_ id: String, now: Instant) throws {
    let store = CompanyStore(eye)
    guard let id = CompanyID(id) else { throw TestFailure("\(id) is no company") }
    let company = try store.show(id)
    let catalog = try CatalogStore.catalog(eye)
    guard let customer = company.stripeCustomer.flatMap({ RemoteID($0) }), let anchor = AnchorDay(company.anchorDay),
      let plan = company.plan.flatMap({ catalog.plan($0) })
    else { throw TestFailure("\(id) cannot be subscribed") }
    let period =
      company.periods.map(\.bounds).first { $0.contains(now) }
      ?? PeriodCalendar.period(containing: now.date, anchor: anchor)
    let prices = try StripeCatalog(of: plan, in: period, overrides: company.rates, today: now.date)
    let caller = try StripeClient(configuration, release: "year")
    let report: StripeSubscriber.Report
    do {
      report = try StripeSubscriber(StripeCaller(sleep: { _ in }) { caller.perform($0) }).run(
        SubscriptionPlan(company: id, period: period, anchorDay: anchor, catalog: prices), customer: customer,
        known: company.stripeSubscription.flatMap { RemoteID($0) })
    } catch {
      let last = simulator.effects.requests.last
      throw TestFailure("\(error): \(String(decoding: last?.answer ?? [], as: UTF8.self))")
    }
    var changes = CompanyChanges()
    changes.stripeSubscription = report.subscription.id.text
    changes.stripeSubscriptionStart = period.start
    try store.set(id, changes, by: "year", now: now)
    try eye.withTransaction { _ throws(OutboxError) in
      try SubscriptionMeters(eye).store(
        SubscriptionMeters.Unchecked(company: id, subscription: report.subscription.id), prices: report.prices)
    }
  }
}
