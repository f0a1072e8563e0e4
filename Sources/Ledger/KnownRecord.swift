import Billing
import PostgreSQL

/// A record that the ledger already holds under an entry's identifier.
struct KnownRecord {
  /// Under which month the ledger has it: the other side of a boundary is possible.
  let month: CivilDate
  let kind: String
  let metric: MetricName?
  let quantity: Quantity
  let subject: Pseudonym?

  /// A void came first and left its mark under the record's key.
  var isAwaited: Bool { kind == "a" }

  /// Nothing was counted under this key: a record from the end of the month before keeps its id out of the first two days.
  var isReservation: Bool { kind == "r" }

  /// Whether the record says something else than what was counted. A subject's pseudonym may be by an older key.
  func conflicts(with record: RecordedUsage) -> Bool {
    if metric != record.metric.name || quantity != record.quantity { return true }
    guard let subject else { return record.subject != nil }
    guard let given = record.subject else { return true }
    return given.newest != subject && !given.older.contains(subject)
  }

  /// Which of the entries the ledger holds, by position in `entries`.
  ///
  /// Asked once for each month that the batch touches, and for each month on the other side of a boundary, so that each
  /// question meets one partition. The limits leave the planner one way: a look-up by key for each row given, whatever it
  /// believes of the tables' sizes.
  static func find(_ entries: [Entry], on connection: Connection) throws(PostgreSQLError) -> [Int: KnownRecord] {
    var found: [Int: KnownRecord] = [:]
    for (month, positions) in groups(entries, by: \.month) {
      let keys = Keys(entries, positions)
      let rows = try connection.query(
        """
        SELECT k.position, r.month, r.kind::text, r.metric, r.quantity, r.subject_pseudonym
        FROM unnest(\(keys.companies), \(keys.ids)) WITH ORDINALITY AS k (company_id, usage_id, position)
        CROSS JOIN LATERAL (
          SELECT month, kind, metric, quantity, subject_pseudonym FROM billing.ledger
          WHERE company_id = k.company_id AND usage_id = k.usage_id AND month = \(month) LIMIT 1) AS r
        """)
      try take(rows, positions, into: &found)
    }
    for (side, positions) in groups(entries, by: \.otherSide) {
      guard let side else { continue }
      // What is reserved here was counted there. The record itself may be in a month that was archived.
      let reserved = positions.map { entries[$0].month == side.boundary && found[$0]?.isReservation == true }
      for (position, isReserved) in zip(positions, reserved) where isReserved {
        found[position] = KnownRecord(month: side.month, kind: "u", metric: nil, quantity: .zero, subject: nil)
      }
      let keys = Keys(entries, positions)
      let near = Boundary.neighbourhood(side.boundary)
      let rows = try connection.query(
        """
        SELECT k.position, r.month, r.kind::text, r.metric, r.quantity, r.subject_pseudonym
        FROM unnest(\(keys.companies), \(keys.ids), \(reserved)) WITH ORDINALITY
          AS k (company_id, usage_id, is_reserved, position)
        CROSS JOIN LATERAL (
          SELECT month, kind, metric, quantity, subject_pseudonym, occurred_at FROM billing.ledger
          WHERE company_id = k.company_id AND usage_id = k.usage_id AND month = \(side.month) LIMIT 1) AS r
        WHERE r.kind <> 'r' AND (k.is_reserved OR r.occurred_at >= \(near.from) AND r.occurred_at < \(near.to))
        """)
      try take(rows, positions, into: &found)
    }
    return found
  }

  private struct Keys {
    let companies: [String]
    let ids: [String]

    init(_ entries: [Entry], _ positions: [Int]) {
      companies = positions.map { entries[$0].company.id.text }
      ids = positions.map { entries[$0].record.usageID.text }
    }
  }

  private static func groups<Key: Hashable>(_ entries: [Entry], by key: KeyPath<Entry, Key>) -> [Key: [Int]] {
    var groups: [Key: [Int]] = [:]
    for (position, entry) in entries.enumerated() { groups[entry[keyPath: key], default: []].append(position) }
    return groups
  }

  private static func take(
    _ rows: Rows, _ positions: [Int], into found: inout [Int: KnownRecord]
  ) throws(PostgreSQLError) {
    for row in rows {
      // Ordinality counts from 1.
      let position = positions[Int(try row.decode(Int64.self, at: 0)) - 1]
      found[position] = KnownRecord(
        month: try row.decode(at: 1), kind: try row.decode(at: 2),
        metric: MetricName(try row.decode(String.self, at: 3)), quantity: try row.decode(at: 4),
        subject: try row.decode(at: 5))
    }
  }
}

extension Entry {
  fileprivate struct Side: Hashable {
    let boundary: CivilDate
    let month: CivilDate
  }

  /// The month across the boundary, if one is near.
  fileprivate var otherSide: Side? {
    boundary.map { Side(boundary: $0, month: Boundary.otherMonth($0, from: month)) }
  }
}
