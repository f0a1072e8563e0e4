import Billing
import PostgreSQL

/// Who was seen in a day or period, for metrics that count different subjects: a subject counts when its row is new, and
/// no longer when its last record was taken back.
struct Subjects {
  enum Span: String {
    case day = "d"
    case period = "p"
  }

  let connection: Connection

  /// Adds one record's subject.
  ///
  /// - Returns: whether the span has one subject more. A subject known by an older key is rewritten under the newest, and
  ///   is no new one.
  func add(
    _ subject: Pseudonyms, company: CompanyID, metric: MetricName, span: Span, start: CivilDate
  ) throws(PostgreSQLError) -> Bool {
    for older in subject.older {
      _ = try connection.update(
        """
        UPDATE billing.usage_subjects
        SET subject_pseudonym = \(subject.newest), former_pseudonyms = former_pseudonyms || \(older)
        WHERE company_id = \(company) AND metric = \(metric) AND span = \(span.rawValue)::"char"
          AND span_start = \(start) AND subject_pseudonym = \(older)
        """)
    }
    let rows = try connection.query(
      """
      INSERT INTO billing.usage_subjects AS s (company_id, metric, span, span_start, subject_pseudonym, events)
      VALUES (\(company), \(metric), \(span.rawValue)::"char", \(start), \(subject.newest), 1)
      ON CONFLICT (company_id, metric, span, span_start, subject_pseudonym) DO UPDATE SET events = s.events + 1
      RETURNING events
      """)
    return try rows.one().decode(Int64.self, at: 0) == 1
  }

  /// Takes one record of a subject back.
  ///
  /// The record's pseudonym may be by an older key than the subject's row is now.
  ///
  /// - Returns: whether the span has one subject less.
  func remove(
    _ subject: Pseudonym, company: CompanyID, metric: MetricName, span: Span, start: CivilDate
  ) throws(PostgreSQLError) -> Bool {
    let rows = try connection.query(
      """
      UPDATE billing.usage_subjects SET events = events - 1
      WHERE company_id = \(company) AND metric = \(metric) AND span = \(span.rawValue)::"char"
        AND span_start = \(start) AND (subject_pseudonym = \(subject) OR \(subject) = ANY (former_pseudonyms))
      RETURNING events, subject_pseudonym
      """)
    guard let row = rows.first, try row.decode(Int64.self, at: 0) == 0 else { return false }
    let current: Pseudonym = try row.decode(at: 1)
    _ = try connection.update(
      """
      DELETE FROM billing.usage_subjects
      WHERE company_id = \(company) AND metric = \(metric) AND span = \(span.rawValue)::"char"
        AND span_start = \(start) AND subject_pseudonym = \(current)
      """)
    return true
  }
}
