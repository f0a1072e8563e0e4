import Billing
import JSON
import PostgreSQL

extension Ledger {
  /// Takes records back. In key order, in which all replicas lock them; of one record's the first delivered counts.
  ///
  /// - Returns: what became of each, in the order given.
  func take(back voids: [VoidedUsage], gains: inout Gains) throws(LedgerError) -> [Outcome] {
    var outcomes = Array(repeating: Outcome.duplicate(isConflict: false), count: voids.count)
    let ordered = voids.enumerated().sorted {
      ($0.element.timestamp.month, $0.element.companyID, $0.element.usageID, $0.offset)
        < ($1.element.timestamp.month, $1.element.companyID, $1.element.usageID, $1.offset)
    }
    for (order, void) in ordered { outcomes[order] = try take(back: void, gains: &gains) }
    return outcomes
  }

  /// Takes one record back, once. A record that has not come yet leaves a mark under its own key, which stops it when it
  /// comes: the key decides between the two, also when they arrive at the same moment at two replicas.
  private func take(back void: VoidedUsage, gains: inout Gains) throws(LedgerError) -> Outcome {
    for _ in 0..<Self.maximumLooks {
      switch try StandingRecord.lock(void, metrics: catalog.metrics, on: connection) {
      case .found(let record) where record.isVoided || record.kind == "v":
        return .duplicate(isConflict: false)
      case .found(let record):
        try take(back: record, reason: void.reason, gains: &gains)
        return .voided
      case .awaited:
        return .duplicate(isConflict: false)
      case .missing where void.usageID.text.utf8.starts(with: "void:".utf8):
        // What takes back cannot be taken back, and a mark in its place would keep it out.
        return .duplicate(isConflict: false)
      case .missing:
        // If the record was committed between the look-up and here, the mark is refused and the record found next.
        if try leaveMark(void) { return .awaitingRecord }
      }
    }
    // Its id is kept for this side of the month's boundary; the record itself is on the other.
    guard try !ArchivedMonths(connection).isClosed(void.timestamp.date.adding(days: -Int(Boundary.days))) else {
      throw .archivedMonth
    }
    throw .unexpected("the record of a void can neither be found nor be awaited")
  }

  /// The first look misses a record that is being committed; one more finds it.
  private static let maximumLooks = 3

  private func take(back record: StandingRecord, reason: String, gains: inout Gains) throws(LedgerError) {
    guard let company = registry.known(record.company) else { throw .unexpected("a void without its company") }
    let period = try registry.period(of: company, containing: record.timestamp)
    try database { () throws(PostgreSQLError) in
      _ = try connection.update(
        """
        UPDATE billing.ledger SET voided = true
        WHERE company_id = \(record.company) AND usage_id = \(record.usageID) AND month = \(record.month)
        """)
      try insertVoid(
        of: record.usageID, company: record.company, month: record.month, at: record.timestamp, metric: record.metric,
        quantity: record.quantity, counted: record.counted, reason: reason)
    }
    try gains.remove(record, of: company, periodStart: period.bounds.start, subjects: Subjects(connection: connection))
  }

  /// The record of the taking back: what the original was, with the opposite sign.
  private func insertVoid(
    of id: UsageID, company: CompanyID, month: CivilDate, at timestamp: Instant, metric: MetricName, quantity: Quantity,
    counted: Quantity, reason: String
  ) throws(PostgreSQLError) {
    var metadata = JSONWriter()
    metadata.object { $0.field("reason", reason) }
    _ = try connection.update(
      """
      INSERT INTO billing.ledger
        (company_id, usage_id, month, occurred_at, kind, metric, quantity, counted, metadata)
      VALUES (\(company), \(id.voiding), \(month), \(timestamp), 'v', \(metric), \(-quantity), \(-counted),
        \(metadata.text))
      """)
  }

  /// - Returns: whether the mark stands; not when the record is there after all.
  private func leaveMark(_ void: VoidedUsage) throws(LedgerError) -> Bool {
    let day = void.timestamp.date
    let month = day.firstOfMonth
    var metadata = JSONWriter()
    metadata.object { $0.field("reason", void.reason) }
    return try database { () throws(PostgreSQLError) in
      let mark = try Identifier("void_mark")
      try connection.savepoint(mark)
      let boundary = Boundary.near(day, month: month)
      if boundary != month {
        try Reservation(company: void.companyID, usageID: void.usageID, month: month).giveUp(on: connection)
      }
      var isLeft =
        try connection.update(
          """
          INSERT INTO billing.ledger
            (company_id, usage_id, month, occurred_at, kind, voided, metric, quantity, counted, metadata)
          VALUES (\(void.companyID), \(void.usageID), \(month), \(void.timestamp), 'a', true, '', 0, 0,
            \(metadata.text))
          ON CONFLICT DO NOTHING
          """) == 1
      if isLeft, let boundary, boundary != month {
        isLeft = try Reservation(company: void.companyID, usageID: void.usageID, month: boundary).make(on: connection)
      }
      if isLeft { try connection.release(mark) } else { try connection.rollback(to: mark) }
      return isLeft
    }
  }

  /// A record whose void came first: it takes the mark's place, and both are in the ledger without an effect on totals.
  func fill(_ mark: KnownRecord, with entry: Entry) throws(LedgerError) {
    let record = entry.record
    let isKeptOut = try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        UPDATE billing.ledger AS r SET kind = 'u', occurred_at = CASE
            WHEN r.month = \(entry.month) THEN \(record.timestamp) ELSE r.occurred_at END,
          metric = \(record.metric.name), quantity = \(record.quantity), counted = \(entry.counted),
          user_pseudonym = \(record.user?.newest), subject_pseudonym = \(record.subject?.newest),
          subscription_pseudonym = \(record.subscription?.newest),
          metadata = \(record.metadata.map { String(decoding: $0, as: UTF8.self) })
        FROM (SELECT metadata::json->>'reason' AS reason FROM billing.ledger
          WHERE company_id = \(record.companyID) AND usage_id = \(record.usageID) AND month = \(mark.month)) AS old
        WHERE r.company_id = \(record.companyID) AND r.usage_id = \(record.usageID) AND r.month = \(mark.month)
          AND r.kind = 'a'
        RETURNING coalesce(old.reason, ''), r.occurred_at
        """)
      // Another replica may have filled it in the meantime: the record is a duplicate then, and nothing is left to do.
      guard let row = rows.first else { return true }
      try insertVoid(
        of: record.usageID, company: record.companyID, month: mark.month, at: try row.decode(at: 1),
        metric: record.metric.name, quantity: record.quantity, counted: entry.counted, reason: try row.decode(at: 0))
      // The void's time may be farther from a month's boundary than its record's: the id must not come in on the other side.
      guard let month = entry.reservedMonth, mark.month == entry.month else { return true }
      return try Reservation(company: entry.company.id, usageID: record.usageID, month: month).make(on: connection)
    }
    // It is doing so at this moment.
    guard isKeptOut else { throw .contended }
  }

  /// Computes `max` and `last` totals anew after one of their records was taken back: the day's from its records, the
  /// period's from its days, of which some may be in a month whose records are archived. The total's row is locked first,
  /// so that a recorder of the same total either is seen here or adds to what is computed here.
  ///
  /// - Returns: the periods' totals, as they are now.
  func recompute(_ totals: [Gains.Recomputed]) throws(LedgerError) -> [(total: Gains.Recomputed, quantity: Quantity)] {
    var recomputed: [(total: Gains.Recomputed, quantity: Quantity)] = []
    for total in totals {
      guard let company = registry.known(total.company), let period = company.period(startingAt: total.periodStart)
      else { throw .unexpected("no billing period was made for a total") }
      let day = BillingPeriod(start: total.day, end: total.day.adding(days: 1))
      try database { () throws(PostgreSQLError) in
        if let day {
          let standing = try standing(total, in: day)
          _ = try connection.update(
            """
            UPDATE billing.usage_daily
            SET quantity = \(standing.quantity), last_at = \(standing.at), last_usage_id = \(standing.id)
            WHERE company_id = \(total.company) AND metric = \(total.metric) AND day = \(total.day)
            """)
        }
        let standing = try standing(total, inDaysOf: period.bounds)
        _ = try connection.update(
          """
          UPDATE billing.usage_periods
          SET quantity = \(standing.quantity), last_at = \(standing.at), last_usage_id = \(standing.id)
          WHERE company_id = \(total.company) AND metric = \(total.metric) AND period_start = \(total.periodStart)
          """)
        recomputed.append((total, standing.quantity))
      }
    }
    return recomputed
  }

  /// What the records that still stand in a span come to. Their totals' rows are locked by the batch's own additions.
  private func standing(
    _ total: Gains.Recomputed, in span: BillingPeriod
  ) throws(PostgreSQLError) -> (quantity: Quantity, at: Instant?, id: UsageID?) {
    let aggregation = catalog.metrics[total.metric]?.aggregation ?? .sum
    let rows = try connection.query(
      """
      SELECT counted, occurred_at, usage_id FROM billing.ledger
      WHERE company_id = \(total.company) AND metric = \(total.metric) AND kind = 'u' AND NOT voided
        AND month BETWEEN \(span.start.firstOfMonth) AND \(span.lastDay.firstOfMonth)
        AND occurred_at >= \(span.start.start) AND occurred_at < \(span.end.start)
      ORDER BY CASE WHEN \(aggregation == .max) THEN counted END DESC, occurred_at DESC, usage_id DESC
      LIMIT 1
      """)
    guard let row = rows.first else { return (.zero, nil, nil) }
    if aggregation == .max { return (try row.decode(at: 0), nil, nil) }
    return (try row.decode(at: 0), try row.decode(at: 1), try row.decode(at: 2))
  }

  /// The same of a billing period. Whoever adds to another of its days waits for the period's row, and merges.
  private func standing(
    _ total: Gains.Recomputed, inDaysOf period: BillingPeriod
  ) throws(PostgreSQLError) -> (quantity: Quantity, at: Instant?, id: UsageID?) {
    let aggregation = catalog.metrics[total.metric]?.aggregation ?? .sum
    let rows = try connection.query(
      """
      SELECT quantity, last_at, last_usage_id FROM billing.usage_daily
      WHERE company_id = \(total.company) AND metric = \(total.metric) AND events > 0
        AND day >= \(period.start) AND day < \(period.end)
      ORDER BY CASE WHEN \(aggregation == .max) THEN quantity END DESC, last_at DESC, last_usage_id DESC
      LIMIT 1
      """)
    guard let row = rows.first else { return (.zero, nil, nil) }
    if aggregation == .max { return (try row.decode(at: 0), nil, nil) }
    return (try row.decode(at: 0), try row.decode(at: 1), try row.decode(at: 2))
  }
}
