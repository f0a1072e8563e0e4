import Billing
import PostgreSQL

/// A record as the ledger holds it, with its row locked, about to be taken back.
struct StandingRecord {
  let company: CompanyID
  let usageID: UsageID
  let month: CivilDate
  let kind: String
  let isVoided: Bool
  let metric: MetricName
  let aggregation: Aggregation
  let quantity: Quantity
  let counted: Quantity
  let timestamp: Instant
  let subject: Pseudonym?

  enum Lookup {
    case found(StandingRecord)
    /// A void has come before, for a record that has not.
    case awaited
    case missing
  }

  /// Finds and locks the record with this id in a month, or on the other side of the month's boundary.
  static func lock(
    _ void: VoidedUsage, metrics: [MetricName: Metric], on connection: Connection
  ) throws(LedgerError) -> Lookup {
    let day = void.timestamp.date
    let boundary = Boundary.near(day, month: day.firstOfMonth)
    let other = boundary.map { Boundary.otherMonth($0, from: day.firstOfMonth) }
    let rows = try database { () throws(PostgreSQLError) in
      try connection.query(
        """
        SELECT month, kind::text, voided, metric, quantity, counted, occurred_at, subject_pseudonym
        FROM billing.ledger
        WHERE company_id = \(void.companyID) AND usage_id = \(void.usageID)
          AND month IN (\(day.firstOfMonth), \(other))
        ORDER BY month FOR UPDATE
        """)
    }
    return try database { () throws(PostgreSQLError) in
      guard let chosen = try choose(rows, month: day.firstOfMonth, boundary) else { return .missing }
      return try decode(chosen, void, metrics)
    }
  }

  /// The id may stand in both months when one of its records lies far from the boundary; the void's own month is meant.
  private static func choose(
    _ rows: Rows, month: CivilDate, _ boundary: CivilDate?
  ) throws(PostgreSQLError) -> Row? {
    var across: Row?
    var isReserved = false
    for row in rows {
      let isOwn = try row.decode(CivilDate.self, at: 0) == month
      if try row.decode(String.self, at: 1) == "r" {
        isReserved = isReserved || isOwn
      } else if isOwn {
        return row
      } else {
        across = row
      }
    }
    // What keeps the id out of here is the one across, whenever that was.
    guard let across, let boundary, !isReserved else { return across }
    let (near, at) = (Boundary.neighbourhood(boundary), try across.decode(Instant.self, at: 6))
    return near.from <= at && at < near.to ? across : nil
  }

  private static func decode(
    _ row: Row, _ void: VoidedUsage, _ metrics: [MetricName: Metric]
  ) throws(PostgreSQLError) -> Lookup {
    let kind = try row.decode(String.self, at: 1)
    if kind == "a" { return .awaited }
    let name: MetricName = try row.decode(at: 3)
    guard let metric = metrics[name] else {
      throw PostgreSQLError(.decoding, "the ledger holds a metric that the catalog lacks")
    }
    return .found(
      StandingRecord(
        company: void.companyID, usageID: void.usageID, month: try row.decode(at: 0), kind: kind,
        isVoided: try row.decode(at: 2), metric: name, aggregation: metric.aggregation, quantity: try row.decode(at: 4),
        counted: try row.decode(at: 5), timestamp: try row.decode(at: 6), subject: try row.decode(at: 7)))
  }
}
