import Billing
import PostgreSQL

/// Who was seen in a day or period, for metrics that count different subjects: a subject counts when its row is new, and
/// no longer when its last record was taken back.
struct Subjects {
  enum Span: String {
    case day = "d"
    case period = "p"
  }

  /// One row of the table: a subject, by the newest key, in a day or period.
  struct Row: Hashable, Comparable {
    let company: CompanyID
    let metric: MetricName
    let span: Span
    let start: CivilDate
    let subject: Pseudonym

    static func < (left: Row, right: Row) -> Bool {
      if left.company != right.company { return left.company < right.company }
      if left.metric != right.metric { return left.metric < right.metric }
      if left.span != right.span { return left.span.rawValue < right.span.rawValue }
      if left.start != right.start { return left.start < right.start }
      return left.subject.bytes.lexicographicallyPrecedes(right.subject.bytes)
    }
  }

  /// What a batch has of one subject.
  struct Seen {
    let company: Company
    /// The subject by older keys.
    let older: [Pseudonym]
    var events: Int64 = 0
  }

  let connection: Connection

  /// Adds what a batch has of each subject. The rows come in key order, in which all replicas lock them.
  ///
  /// - Returns: by how many subjects each row's span has grown: 1 for a new one, 0 for one that was there, and less when
  ///   a replica without the newest key had entered the same person a second time.
  func add(_ rows: [(key: Row, value: Seen)]) throws(PostgreSQLError) -> [Int] {
    var gained = Array(repeating: 0, count: rows.count)
    let keys = rows.map(\.value.older.count).max() ?? 0
    for key in 0..<keys {
      let positions = rows.indices.filter { rows[$0].value.older.count > key }
      let renamed = Renamed(rows, positions, olderKey: key)
      for merged in try merge(renamed) { gained[positions[merged]] -= 1 }
      try rename(renamed)
    }
    let columns = Columns(rows.map(\.key))
    let events = rows.map(\.value.events)
    let totals = try connection.query(
      """
      INSERT INTO billing.usage_subjects AS s (company_id, metric, span, span_start, subject_pseudonym, events)
      SELECT k.company_id, k.metric, k.span::"char", k.span_start, k.subject, k.events
      FROM unnest(\(columns.companies), \(columns.metrics), \(columns.spans), \(columns.starts), \(columns.subjects),
        \(events)) AS k (company_id, metric, span, span_start, subject, events)
      ON CONFLICT (company_id, metric, span, span_start, subject_pseudonym)
        DO UPDATE SET events = s.events + excluded.events
      RETURNING events
      """)
    guard totals.count == rows.count else {
      throw PostgreSQLError(.decoding, "\(totals.count) subjects returned for \(rows.count) added")
    }
    for (position, row) in totals.enumerated() where try row.decode(Int64.self, at: 0) == events[position] {
      gained[position] += 1
    }
    return gained
  }

  /// Where a subject stands by an older key and by the newest, both become one.
  ///
  /// - Returns: where this happened.
  private func merge(_ renamed: Renamed) throws(PostgreSQLError) -> [Int] {
    let columns = renamed.columns
    let rows = try connection.query(
      """
      WITH gone AS (
        DELETE FROM billing.usage_subjects s
        USING unnest(\(columns.companies), \(columns.metrics), \(columns.spans), \(columns.starts),
          \(columns.subjects), \(renamed.older)) WITH ORDINALITY
          AS k (company_id, metric, span, span_start, subject, older, position)
        WHERE s.company_id = k.company_id AND s.metric = k.metric AND s.span = k.span::"char"
          AND s.span_start = k.span_start AND s.subject_pseudonym = k.older
          AND EXISTS (SELECT FROM billing.usage_subjects n
            WHERE n.company_id = k.company_id AND n.metric = k.metric AND n.span = k.span::"char"
              AND n.span_start = k.span_start AND n.subject_pseudonym = k.subject)
        RETURNING s.company_id, s.metric, s.span, s.span_start, k.subject, k.position, s.events,
          s.former_pseudonyms || s.subject_pseudonym AS former)
      UPDATE billing.usage_subjects n
      SET events = n.events + gone.events, former_pseudonyms = n.former_pseudonyms || gone.former
      FROM gone
      WHERE n.company_id = gone.company_id AND n.metric = gone.metric AND n.span = gone.span
        AND n.span_start = gone.span_start AND n.subject_pseudonym = gone.subject
      RETURNING gone.position
      """)
    var merged: [Int] = []
    // Ordinality counts from 1.
    for row in rows { merged.append(Int(try row.decode(Int64.self, at: 0)) - 1) }
    return merged
  }

  /// A subject known by an older key only is rewritten under the newest, and is no new one.
  private func rename(_ renamed: Renamed) throws(PostgreSQLError) {
    let columns = renamed.columns
    _ = try connection.update(
      """
      UPDATE billing.usage_subjects s
      SET subject_pseudonym = k.subject, former_pseudonyms = s.former_pseudonyms || k.older
      FROM unnest(\(columns.companies), \(columns.metrics), \(columns.spans), \(columns.starts), \(columns.subjects),
        \(renamed.older)) AS k (company_id, metric, span, span_start, subject, older)
      WHERE s.company_id = k.company_id AND s.metric = k.metric AND s.span = k.span::"char"
        AND s.span_start = k.span_start AND s.subject_pseudonym = k.older
      """)
  }

  /// The rows' keys, by column.
  private struct Columns {
    let companies: [CompanyID]
    let metrics: [MetricName]
    let spans: [String]
    let starts: [CivilDate]
    let subjects: [Pseudonym]

    init(_ rows: [Row]) {
      companies = rows.map(\.company)
      metrics = rows.map(\.metric)
      spans = rows.map(\.span.rawValue)
      starts = rows.map(\.start)
      subjects = rows.map(\.subject)
    }
  }

  private struct Renamed {
    let columns: Columns
    let older: [Pseudonym]

    init(_ rows: [(key: Row, value: Seen)], _ positions: [Int], olderKey key: Int) {
      columns = Columns(positions.map { rows[$0].key })
      older = positions.map { rows[$0].value.older[key] }
    }
  }

  /// Takes one record of a subject back.
  ///
  /// The record's pseudonym may be by an older key than the subject's row is now.
  ///
  /// - Returns: whether the span has one subject less.
  func remove(
    _ subject: Pseudonym, company: CompanyID, metric: MetricName, span: Span, start: CivilDate
  ) throws(PostgreSQLError) -> Bool {
    // A second look, since another replica may have merged the row away while the first one waited for it.
    for _ in 0..<2 {
      let rows = try connection.query(
        """
        SELECT subject_pseudonym, events FROM billing.usage_subjects
        WHERE company_id = \(company) AND metric = \(metric) AND span = \(span.rawValue)::"char"
          AND span_start = \(start) AND (subject_pseudonym = \(subject) OR \(subject) = ANY (former_pseudonyms))
        ORDER BY subject_pseudonym = \(subject) DESC LIMIT 1 FOR UPDATE
        """)
      guard let found = rows.first else { continue }
      let row = Row(company: company, metric: metric, span: span, start: start, subject: try found.decode(at: 0))
      return try remove(row, events: try found.decode(at: 1))
    }
    return false
  }

  private func remove(_ row: Row, events: Int64) throws(PostgreSQLError) -> Bool {
    if events > 1 {
      _ = try connection.update(
        """
        UPDATE billing.usage_subjects SET events = events - 1
        WHERE company_id = \(row.company) AND metric = \(row.metric) AND span = \(row.span.rawValue)::"char"
          AND span_start = \(row.start) AND subject_pseudonym = \(row.subject)
        """)
      return false
    }
    _ = try connection.update(
      """
      DELETE FROM billing.usage_subjects
      WHERE company_id = \(row.company) AND metric = \(row.metric) AND span = \(row.span.rawValue)::"char"
        AND span_start = \(row.start) AND subject_pseudonym = \(row.subject)
      """)
    return true
  }
}
