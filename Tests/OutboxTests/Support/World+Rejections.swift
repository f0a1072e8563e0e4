import Billing
import Faults
import PostgreSQL
import Testing

@testable import Outbox

extension World {
  static let archived = Problem("archived_meter")

  /// A report of Stripe's about now.
  func report(
    _ named: [EntryID], as name: String = "evt_1", events: Int64? = nil, window: ClosedRange<Instant>? = nil,
    problem: Problem = archived, meter: String? = "mtr_1"
  ) throws -> RejectionReport {
    let now = try now()
    return RejectionReport(
      event: try #require(RemoteID(name)), createdAt: now, meter: meter.flatMap { RemoteID($0) },
      window: window ?? now...now.adding(seconds: 10),
      kinds: [RejectionReport.Kind(problem, events: events ?? Int64(named.count), named: named)])
  }

  func now() throws -> Instant { try eye.query("SELECT now()").one().decode(at: 0) }

  @discardableResult
  func take(_ report: RejectionReport, failpoints: String = "") throws -> Rejections.Taking {
    var random = SystemRandomNumberGenerator()
    let rejections = Rejections(try session(), failpoints: try Failpoints(parsing: failpoints))
    return try rejections.take(report, now: try now(), using: &random)
  }

  /// Entries that passed for delivered.
  func delivered(_ company: String, _ effects: Effect..., sendBefore: Instant? = nil) throws -> [EntryID] {
    try eye.begin()
    let ids = try Self.write(company, effects, sendBefore: sendBefore, on: eye)
    try eye.commit()
    var claims = try self.claims()
    while true {
      let claimed = try claims.claim(keys: 10)
      guard !claimed.isEmpty else { return ids }
      try claims.settle(claimed, .delivered(reference: nil))
    }
  }

  func outcomes() throws -> [String] {
    try texts("SELECT outcome::text FROM billing.outbox_history ORDER BY entry_no")
  }

  func waiting() throws -> [String] {
    try texts(
      """
      SELECT concat_ws(' ', company_id, ordering_key, state, problem, effect::json ->> 'value', attempts)
      FROM billing.outbox_entries ORDER BY entry_no
      """)
  }

  func reported() throws -> [String] {
    let companies = [try Self.company("comp-1"), try Self.company("comp-2")]
    let since = Instant(microseconds: 0)
    return try OutboxBooks(eye).reported(of: companies, since: since)
      .map { "\($0.company) \($0.metric) \($0.quantity)" }.sorted()
  }
}
