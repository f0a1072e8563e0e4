import Billing
import Faults
import Invoicing
import Ledger
import Outbox
import PostgreSQL
import Storage
import TestSupport
import Testing

/// A database of a test's own with the tests' catalog, and ways to count, report and look.
struct World {
  /// A rate of each kind: free of quota, with a quota, in packages, on the invoice, and for each aggregation.
  static let catalog = """
    {"metrics": [
      {"name": "order", "unit": "order", "source": "message", "aggregation": "sum"},
      {"name": "call", "unit": "call", "source": "message", "aggregation": "count"},
      {"name": "peak", "unit": "GB", "source": "message", "aggregation": "max"},
      {"name": "level", "unit": "seat", "source": "message", "aggregation": "last"},
      {"name": "people", "unit": "person", "source": "message", "aggregation": "unique"},
      {"name": "assessment", "unit": "one", "source": "message", "aggregation": "sum"},
      {"name": "scan", "unit": "one", "source": "message", "aggregation": "sum"}],
     "plans": [
      {"id": "standard", "baseFee": "199.00", "currency": "usd", "default": true, "rates": [
        {"metric": "order", "model": "per_unit", "unitPrice": "0.10", "unitSize": 1, "included": 0,
         "billing": "stripe_meter"},
        {"metric": "call", "model": "per_unit", "unitPrice": "0.10", "unitSize": 1, "included": 0,
         "billing": "stripe_meter"},
        {"metric": "peak", "model": "per_unit", "unitPrice": "1.00", "unitSize": 1, "included": 0,
         "billing": "stripe_meter"},
        {"metric": "level", "model": "per_unit", "unitPrice": "1.00", "unitSize": 1, "included": 0,
         "billing": "stripe_meter"},
        {"metric": "people", "model": "per_unit", "unitPrice": "1.00", "unitSize": 1, "included": 0,
         "billing": "stripe_meter"},
        {"metric": "assessment", "model": "per_unit", "unitPrice": "10.00", "unitSize": 1,
         "included": 50, "billing": "stripe_meter"},
        {"metric": "scan", "model": "per_unit", "unitPrice": "2.00", "unitSize": 1, "included": 0,
         "billing": "invoice_item"}]}],
     "chargeKinds": ["credit"]}
    """

  static let grace = Duration.seconds(1800)

  let database: TestDatabase
  /// Changes and looks from the side.
  let eye: Connection

  init(_ companies: String...) throws {
    database = try TestDatabase.create()
    eye = try Connection.forLedger(database.configuration)
    try eye.update(
      """
      INSERT INTO billing.catalog_versions (version, document, applied_by)
      SELECT max(version) + 1, \(Self.catalog), 'tests' FROM billing.catalog_versions
      """)
    for company in companies { try register(company) }
  }

  /// Another view of the same world, for another thread.
  init(_ database: TestDatabase) throws {
    self.database = database
    eye = try Connection.forLedger(database.configuration)
  }

  /// As `companies set` does it; by default in mode live since the beginning of January, with a subscription that bills
  /// every period.
  @discardableResult
  func register(
    _ id: String, mode: StripeMode = .live, anchor: Int = 1, customer: Bool = true, subscribed: Bool = true,
    at now: String = "2025-01-01T00:00:00Z",
    _ change: (inout CompanyChanges) throws -> Void = { _ in }
  ) throws -> CompanyRecord {
    var changes = CompanyChanges()
    changes.anchorDay = AnchorDay(anchor)
    changes.stripeMode = mode
    if customer { changes.stripeCustomer = "cus_\(id.replacing("-", with: "_"))" }
    if subscribed { changes.stripeSubscription = "sub_\(id.replacing("-", with: "_"))" }
    try change(&changes)
    return try CompanyStore(eye).set(company(id), changes, by: "tests", now: instant(now)).company
  }

  func set(_ id: String, at now: String, _ change: (inout CompanyChanges) throws -> Void) throws {
    var changes = CompanyChanges()
    try change(&changes)
    _ = try CompanyStore(eye).set(company(id), changes, by: "tests", now: instant(now))
  }

  /// Counts one record.
  func use(
    _ id: String, _ metric: String = "order", _ amount: String = "1", at time: String, usage: String? = nil,
    person: UInt8? = nil, now: String? = nil
  ) throws {
    let aggregation: Aggregation =
      switch metric {
      case "call": .count
      case "peak": .max
      case "level": .last
      case "people": .unique
      default: .sum
      }
    let subject = person.map {
      Pseudonyms(newest: Pseudonym(keyID: 1, hash: [UInt8](repeating: $0, count: 32)), older: [])
    }
    let record = RecordedUsage(
      usageID: UsageID(trusted: usage ?? "\(metric)-\(time)-\(amount)"), companyID: try company(id),
      metric: Metric(
        name: try metricName(metric), unit: "one", source: .message, aggregation: aggregation, minimumPerEvent: nil),
      quantity: try quantity(amount), timestamp: try instant(time), subject: subject)
    _ = try Ledger(connection: .forLedger(database.configuration)).write(
      records: [record], voids: [], now: try instant(now ?? time))
  }

  func void(_ id: String, _ usage: String, at time: String) throws {
    let void = VoidedUsage(
      usageID: UsageID(trusted: usage), companyID: try company(id), timestamp: try instant(time), reason: "wrong")
    _ = try Ledger(connection: .forLedger(database.configuration)).write(
      records: [], voids: [void], now: try instant(time))
  }

  /// Closes what has ended, as it is closed for companies that owe nothing.
  func close(at now: String) throws {
    let last = try instant(now).adding(seconds: -Self.grace.components.seconds).date
    _ = try eye.update("UPDATE billing.billing_periods SET closed_at = now() WHERE period_end <= \(last)")
  }

  /// One pass.
  ///
  /// - Parameter closed: whether the periods that have ended are closed before.
  @discardableResult
  func report(
    _ now: String, begunBefore: String? = nil, closed: Bool = true, failpoints: String = ""
  ) throws -> MeterReportSummary {
    if closed { try close(at: now) }
    return try Self.report(
      on: try .forLedger(database.configuration), instant(now), begunBefore: try begunBefore.map { try day($0) },
      failpoints: failpoints)
  }

  static func report(
    on connection: Connection, _ now: Instant, begunBefore: CivilDate? = nil, failpoints: String = ""
  ) throws -> MeterReportSummary {
    try MeterReporting(connection, grace: grace, failpoints: Failpoints(parsing: failpoints))
      .run(now: now, begunBefore: begunBefore)
  }

  // MARK: Looking

  func number(_ sql: SQL) throws -> Int { Int(try eye.query(sql).one().decode(Int64.self, at: 0)) }

  func texts(_ sql: SQL) throws -> [String] { try eye.query(sql).map { try $0.decode(String.self, at: 0) } }

  /// What waits in the outbox, in the order of its writing.
  func effects(_ id: String) throws -> [EntryRecord] {
    let entries = try texts(
      "SELECT entry_id::text FROM billing.outbox_entries WHERE company_id = \(id) ORDER BY entry_no")
    return try entries.map { try OutboxReader(eye).show(#require(EntryID($0))) }
  }

  /// `order 5 2025-01-15T12:00:00Z` for each meter event that waits.
  func events(_ id: String) throws -> [String] {
    try effects(id).compactMap { record in
      guard case .meterEvent(let event) = record.effect else { return nil }
      return "\(event.metric) \(event.value) \(event.timestamp)"
    }
  }

  /// `order 5 2025-01-01: 50 usd late` for each invoice item that waits.
  func items(_ id: String) throws -> [String] {
    try effects(id).compactMap { record in
      guard case .invoiceItem(let item) = record.effect, let metric = item.line.metric,
        let quantity = item.line.quantity,
        let period = item.line.period
      else { return nil }
      let kind =
        switch item.line {
        case .usage: "usage"
        case .late: "late"
        case .converted: "converted"
        case .baseFee, .charge: "other"
        }
      return "\(metric) \(quantity) \(period.start): \(item.minorUnits) \(item.currency) \(kind)"
    }
  }

  /// `reported/itemized/amount` of a total.
  func account(_ id: String, _ metric: String = "order", _ start: String = "2025-01-01") throws -> String {
    try texts(
      """
      SELECT concat_ws('/', trim_scale(reported), trim_scale(itemized), itemized_amount) FROM billing.meter_reports
      WHERE company_id = \(id) AND metric = \(metric) AND period_start = \(try day(start))
      """
    ).first ?? "none"
  }

  /// What meter events of all kinds, waiting and settled, bring to the meter.
  func sumOfEvents(_ metric: String = "order") throws -> String {
    try texts(
      """
      SELECT trim_scale(coalesce(sum((effect::json ->> 'value')::numeric), 0))::text FROM (
        SELECT effect FROM billing.outbox_entries WHERE kind = 'meter_event' AND ordering_key = \("meter:" + metric)
        UNION ALL
        SELECT effect FROM billing.outbox_history
        WHERE kind = 'meter_event' AND ordering_key = \("meter:" + metric) AND outcome <> 'c') e
      """)[0]
  }
}
