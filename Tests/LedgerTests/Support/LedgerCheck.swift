import Billing
import PostgreSQL
import Testing

@testable import Ledger

/// Holds every total against the ledger, by the slow reference: each total has what its records come to, and there is no
/// total too few or too many.
struct LedgerCheck {
  /// Pseudonyms of one person by several keys count as one: it says which.
  var canonical: ((Pseudonym) -> Pseudonym)?

  private struct Key: Hashable {
    let company: CompanyID
    let metric: MetricName
    let start: CivilDate
  }

  private struct Total: Equatable {
    var quantity: Quantity
    var events: Int64
  }

  func run(_ world: World, location: SourceLocation = #_sourceLocation) throws {
    let periods = try self.periods(world)
    var daily: [Key: [CountedRecord]] = [:]
    var perPeriod: [Key: [CountedRecord]] = [:]
    let rows = try world.eye.query(
      """
      SELECT company_id, metric, counted, occurred_at, usage_id, subject_pseudonym FROM billing.usage_records
      WHERE kind = 'u' AND NOT voided
      """)
    for row in rows {
      let company: CompanyID = try row.decode(at: 0)
      let metric: MetricName = try row.decode(at: 1)
      let subject: Pseudonym? = try row.decode(at: 5)
      let record = CountedRecord(
        counted: try row.decode(at: 2), timestamp: try row.decode(at: 3), usageID: try row.decode(at: 4),
        subject: subject.map { canonical?($0) ?? $0 })
      let period = try #require(
        periods[company]?.first { $0.contains(record.timestamp) }, "a record outside all periods",
        sourceLocation: location)
      daily[Key(company: company, metric: metric, start: record.timestamp.date), default: []].append(record)
      perPeriod[Key(company: company, metric: metric, start: period.start), default: []].append(record)
    }
    try compare("usage_daily", "day", daily, world, location)
    try compare("usage_periods", "period_start", perPeriod, world, location)
    try checkSubjects(world, location)
    guard canonical == nil else { return }
    // The operators' check has to come to the same.
    let report = try Verification(world.eye).run()
    #expect(report.differences.isEmpty, sourceLocation: location)
  }

  private func periods(_ world: World) throws -> [CompanyID: [BillingPeriod]] {
    var periods: [CompanyID: [BillingPeriod]] = [:]
    for row in try world.eye.query("SELECT company_id, period_start, period_end FROM billing.billing_periods") {
      let period = BillingPeriod(start: try row.decode(at: 1), end: try row.decode(at: 2))
      periods[try row.decode(at: 0), default: []].append(try #require(period))
    }
    return periods
  }

  private func compare(
    _ table: StaticString, _ start: StaticString, _ records: [Key: [CountedRecord]], _ world: World,
    _ location: SourceLocation
  ) throws {
    var kept: [Key: Total] = [:]
    let rows = try world.eye.query(
      """
      SELECT company_id, metric, \(unescaped: start), quantity, events FROM billing.\(unescaped: table)
      """)
    for row in rows {
      let key = Key(company: try row.decode(at: 0), metric: try row.decode(at: 1), start: try row.decode(at: 2))
      kept[key] = Total(quantity: try row.decode(at: 3), events: try row.decode(at: 4))
    }
    for (key, records) in records {
      let aggregation = try Sample.metric(key.metric.text).aggregation
      let wanted = Total(quantity: aggregation.total(of: records), events: Int64(records.count))
      #expect(kept[key] == wanted, "\(table) \(key.company) \(key.metric) \(key.start)", sourceLocation: location)
    }
    // Totals whose records were all taken back stay, as nothing.
    for (key, total) in kept where records[key] == nil {
      #expect(
        total == Total(quantity: .zero, events: 0), "\(table) \(key.company) \(key.metric) \(key.start)",
        sourceLocation: location)
    }
  }

  /// The rows of subjects stand for the records of their spans, each for one at least.
  private func checkSubjects(_ world: World, _ location: SourceLocation) throws {
    let wrong = try world.number(
      """
      SELECT count(*) FROM (
        SELECT company_id, metric, span_start, sum(events) AS events, count(*) AS subjects
        FROM billing.usage_subjects WHERE span = 'p' GROUP BY 1, 2, 3) s
      FULL JOIN (SELECT * FROM billing.usage_periods WHERE aggregation = 'u' AND events > 0) t
        ON t.company_id = s.company_id AND t.metric = s.metric AND t.period_start = s.span_start
      WHERE s.events IS DISTINCT FROM t.events OR s.subjects IS DISTINCT FROM t.quantity
      """)
    #expect(wrong == 0, "subjects do not stand for their records", sourceLocation: location)
    #expect(
      try world.number("SELECT count(*) FROM billing.usage_subjects WHERE events < 1") == 0, sourceLocation: location)
  }
}
