import Billing
import PostgreSQL
import Storage

/// The statements that closing decides by.
struct ClosingTable {
  /// An ended period, in the order in which periods are closed: so a company's come oldest first.
  struct Candidate: Hashable {
    let end: CivilDate
    let company: CompanyID
    let start: CivilDate
  }

  /// What is known of a company whose period is locked.
  struct Standing {
    let stripe: BilledByStripe
    /// An earlier period is open: this one's turn comes after it.
    let hasEarlierOpen: Bool
    /// Patients who were active at the period's start are not all charged for it yet.
    let awaitsRenewal: Bool
  }

  let connection: Connection

  /// The next open periods that end by a day, each company once.
  ///
  /// - Parameter last: where the chunk before ended.
  func candidates(
    after last: Candidate?, endingBy horizon: CivilDate, limit: Int
  ) throws(PostgreSQLError) -> [Candidate] {
    let rows = try connection.query(
      """
      SELECT p.period_end, p.company_id, p.period_start
      FROM billing.billing_periods p JOIN billing.companies c ON c.company_id = p.company_id
      WHERE p.closed_at IS NULL AND p.period_end <= \(horizon)
        AND (p.period_end, p.company_id) > (\(last?.end ?? CivilDate(daysSinceEpoch: -719_162)), \(last?.company.text ?? ""))
        AND p.plan_id IS NOT NULL AND c.registered_at IS NOT NULL
      ORDER BY p.period_end, p.company_id LIMIT \(limit)
      """)
    var candidates: [Candidate] = []
    var companies: Set<CompanyID> = []
    for row in rows {
      let candidate = Candidate(
        end: try row.decode(at: 0), company: try row.decode(at: 1), start: try row.decode(at: 2))
      // Its later period is the next chunk's.
      guard companies.insert(candidate.company).inserted else { break }
      candidates.append(candidate)
    }
    return candidates
  }

  /// Locks the periods against whoever closes them too, and against taking back what is in them.
  ///
  /// - Returns: those that are still open, by company.
  func lock(_ candidates: [Candidate]) throws(PostgreSQLError) -> [Candidate] {
    let rows = try connection.query(
      """
      SELECT p.period_end, p.company_id, p.period_start
      FROM unnest(\(candidates.map(\.company)), \(candidates.map(\.start))) AS k (company_id, period_start)
      JOIN billing.billing_periods p ON p.company_id = k.company_id AND p.period_start = k.period_start
      WHERE p.closed_at IS NULL
      ORDER BY p.company_id, p.period_start FOR NO KEY UPDATE OF p
      """)
    var locked: [Candidate] = []
    for row in rows {
      locked.append(Candidate(end: try row.decode(at: 0), company: try row.decode(at: 1), start: try row.decode(at: 2)))
    }
    return locked
  }

  /// In the periods' order.
  func standings(_ periods: [Candidate]) throws(PostgreSQLError) -> [Standing] {
    let rows = try connection.query(
      """
      SELECT EXISTS (
          SELECT FROM billing.billing_periods e
          WHERE e.company_id = k.company_id AND e.period_start < k.period_start AND e.closed_at IS NULL),
        r.company_id IS NOT NULL AND (coalesce(r.renewed_through, '-infinity') < k.period_start
          OR coalesce(r.settled_through, '-infinity') < k.period_start)
      FROM unnest(\(periods.map(\.company)), \(periods.map(\.start))) WITH ORDINALITY
        AS k (company_id, period_start, position)
      LEFT JOIN billing.patient_renewals r ON r.company_id = k.company_id
      ORDER BY k.position
      """)
    let stripe = try BilledByStripe.read(periods.map(\.company), on: connection)
    guard rows.count == periods.count else {
      throw PostgreSQLError(.decoding, "\(rows.count) companies of \(periods.count) billing periods")
    }
    var standings: [Standing] = []
    for (row, period) in zip(rows, periods) {
      guard let stripe = stripe[period.company] else { throw PostgreSQLError(.decoding, "a company's row is gone") }
      standings.append(
        Standing(stripe: stripe, hasEarlierOpen: try row.decode(at: 0), awaitsRenewal: try row.decode(at: 1)))
    }
    return standings
  }

  /// The periods' totals, and those of periods closed before that are not as their lines have them; locked in the order in
  /// which recorders lock them.
  func totals(_ periods: [Candidate]) throws(PostgreSQLError) -> [PeriodPlan.Total] {
    let rows = try connection.query(
      """
      SELECT u.company_id, u.metric, u.period_start, u.quantity, u.charged_lines, m.charged_quantity,
        m.charged_amount
      FROM unnest(\(periods.map(\.company)), \(periods.map(\.start))) AS k (company_id, period_start)
      JOIN billing.usage_periods u ON u.company_id = k.company_id
      JOIN billing.billing_periods p ON p.company_id = u.company_id AND p.period_start = u.period_start
      LEFT JOIN billing.metric_charges m
        ON m.company_id = u.company_id AND m.metric = u.metric AND m.period_start = u.period_start
      WHERE (u.period_start = k.period_start OR p.closed_at IS NOT NULL)
        AND u.quantity <> coalesce(m.charged_quantity, 0)
      ORDER BY u.company_id, u.metric, u.period_start FOR NO KEY UPDATE OF u
      """)
    var totals: [PeriodPlan.Total] = []
    for row in rows { totals.append(try Self.total(row)) }
    return totals
  }

  /// One total, locked; `nil` when nothing was counted.
  func total(_ key: MeterKey) throws(PostgreSQLError) -> PeriodPlan.Total? {
    let rows = try connection.query(
      """
      SELECT u.company_id, u.metric, u.period_start, u.quantity, u.charged_lines, m.charged_quantity, m.charged_amount
      FROM billing.usage_periods u
      LEFT JOIN billing.metric_charges m
        ON m.company_id = u.company_id AND m.metric = u.metric AND m.period_start = u.period_start
      WHERE u.company_id = \(key.company) AND u.metric = \(key.metric) AND u.period_start = \(key.periodStart)
      FOR NO KEY UPDATE OF u
      """)
    return try rows.first.map { (row) throws(PostgreSQLError) in try Self.total(row) }
  }

  private static func total(_ row: Row) throws(PostgreSQLError) -> PeriodPlan.Total {
    var charged: (quantity: Quantity, minorUnits: Int128)?
    if let quantity = try row.decode(Quantity?.self, at: 5) { charged = (quantity, try row.minorUnits(at: 6)) }
    return PeriodPlan.Total(
      key: MeterKey(company: try row.decode(at: 0), metric: try row.decode(at: 1), periodStart: try row.decode(at: 2)),
      quantity: try row.decode(at: 3), lines: try row.decode(at: 4), charged: charged)
  }

  /// Locks the charges that are on no line and fall before the periods' ends, in the order in which they occurred.
  ///
  /// - Parameter kinds: left out.
  func charges(
    _ periods: [Candidate], without kinds: Set<ChargeKind>
  ) throws(PostgreSQLError) -> [CompanyID: [PeriodPlan.Charge]] {
    try ChargeRows(connection: connection).lock(
      periods.map(\.company), before: periods.map(\.end), kinds: kinds, areLeftOut: true)
  }

  func close(_ periods: [Candidate], at now: Instant) throws(PostgreSQLError) {
    _ = try connection.update(
      """
      UPDATE billing.billing_periods p SET closed_at = \(now)
      FROM unnest(\(periods.map(\.company)), \(periods.map(\.start))) AS k (company_id, period_start)
      WHERE p.company_id = k.company_id AND p.period_start = k.period_start
      """)
  }
}
