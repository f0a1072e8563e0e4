import Billing
import Messages
import PostgreSQL

/// Makes alerts of due levels, each once by its key, and the messages owed for the new ones.
struct Announcement {
  let connection: Connection

  /// - Returns: how many of the levels were new.
  func announce(_ due: [DueLevels]) throws(LedgerError) -> Int {
    guard due.contains(where: { !$0.levels.isEmpty }) else { return 0 }
    // The database's clock, read while the totals' rows are locked: of two levels of one total the later has the later
    // time, whichever lanes reached them.
    let now: Instant = try database { () throws(PostgreSQLError) in
      try connection.query("SELECT clock_timestamp()").one().decode(at: 0)
    }
    var alerts: [ThresholdAlert] = []
    for levels in due { alerts += try Self.alerts(levels, now: now) }
    guard !alerts.isEmpty else { return 0 }
    // Lowest level first within a total, since the outbox is emptied in the order of its rows.
    return try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        INSERT INTO billing.alerts
          (company_id, metric, period_start, threshold, level, message_id, current_usage, occurred_at)
        SELECT a.company_id, a.metric, a.period_start, a.threshold, a.level, a.message_id::uuid, a.current_usage,
          \(now)
        FROM unnest(\(alerts.map(\.companyID)), \(alerts.map(\.metric)), \(alerts.map(\.periodStart.date)),
            \(alerts.map(\.threshold)), \(alerts.map(\.level)), \(alerts.map(\.messageID)),
            \(alerts.map(\.currentUsage))) WITH ORDINALITY
          AS a (company_id, metric, period_start, threshold, level, message_id, current_usage, position)
        CROSS JOIN LATERAL (
          SELECT 1 FROM billing.billing_periods
          WHERE company_id = a.company_id AND period_start = a.period_start AND closed_at IS NULL LIMIT 1) AS open
        ORDER BY a.company_id, a.metric, a.period_start, a.threshold, a.level
        ON CONFLICT DO NOTHING
        RETURNING message_id::text
        """)
      var fresh: Set<String> = []
      for row in rows { fresh.insert(try row.decode(at: 0)) }
      let owed = alerts.filter { fresh.contains($0.messageID) }
      guard !owed.isEmpty else { return 0 }
      _ = try connection.update(
        """
        INSERT INTO billing.event_outbox (company_id, message_id, routing_key, body)
        SELECT e.company_id, e.message_id::uuid, \(ThresholdExceeded.routingKey), e.body
        FROM unnest(\(owed.map(\.companyID)), \(owed.map(\.messageID)),
            \(owed.map { String(decoding: ThresholdExceeded.encode($0), as: UTF8.self) })) WITH ORDINALITY
          AS e (company_id, message_id, body, position)
        ORDER BY e.position
        """)
      return owed.count
    }
  }

  private static func alerts(_ due: DueLevels, now: Instant) throws(LedgerError) -> [ThresholdAlert] {
    guard let cost = due.cost else { return [] }
    var alerts: [ThresholdAlert] = []
    for level in due.levels {
      let id: String
      do {
        id = try ThresholdExceeded.messageID(
          company: due.company, metric: due.metric, periodStart: due.period.start.start, threshold: due.threshold,
          level: level)
      } catch {
        throw .unexpected("\(error)")
      }
      alerts.append(
        ThresholdAlert(
          messageID: id, companyID: due.company, metric: due.metric, currentUsage: due.total, threshold: due.threshold,
          level: level, estimatedCost: cost.description, currency: cost.currency.code,
          periodStart: due.period.start.start, periodEnd: due.period.end.start, occurredAt: now))
    }
    return alerts
  }
}
