import Audit
import Billing
import PostgreSQL

/// Forgets a person: afterwards nothing in the database leads from the person's identifier to a record.
///
/// Records, totals and what was billed stay as they are. What pointed at the person is taken out of them; where records of
/// a metric that counts different subjects must still be told apart, a number made up for the occasion stands in, another
/// one for each metric and billing period, of which nobody knows whom it stands for.
public struct SubjectErasure {
  /// What was forgotten.
  public struct Report: Sendable, Equatable {
    /// Rows that led from the person to a surrogate: one for every key. 0 for somebody who never was a patient.
    public internal(set) var mappings = 0
    /// Records in which the person stood as subject, user or subscription.
    public internal(set) var records: Int64 = 0
    /// Months in which the company has usage and whose records are archived: the files may hold the person's pseudonyms.
    public internal(set) var archivedMonths: [CivilDate] = []
  }

  /// Why a person cannot be forgotten yet.
  public enum Refusal: Error, Sendable, CustomStringConvertible {
    case administration(AdministrationError)
    case active
    /// The person has records in billing periods that are not closed.
    case openPeriods([CivilDate])

    public var description: String {
      switch self {
      case .administration(let error): "\(error)"
      case .active: "the patient is active: nothing was erased; deactivate the patient first"
      case .openPeriods(let starts):
        "nothing was erased: there are records in billing periods that are not closed yet, those from "
          + starts.map(\.description).joined(separator: ", ")
      }
    }
  }

  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// The audit log tells it in the same transaction, also where nothing of the person was there: that it was asked for.
  ///
  /// - Parameters:
  ///   - person: under every key, those included that are no longer in use.
  ///   - operator: who asks for it.
  public func erase(
    _ person: Pseudonyms, of company: CompanyID, by operator: Person
  ) throws(Refusal) -> Report {
    var refusal: Refusal?
    var report = Report()
    do throws(AdministrationError) {
      // Alone: a lane that has just looked the person up would write rows that nothing leads to.
      report = try RegistryChange.run(on: connection) { change throws(AdministrationError) in
        try administration { () throws(LedgerError) in
          guard let found = try CompanyLoader(connection: connection).load([company]).first else { return Report() }
          let work = Work(connection: connection, company: found, names: [person.newest] + person.older)
          let report = try database { () throws(PostgreSQLError) in
            refusal = try work.refusal()
            return refusal == nil ? try work.erase() : Report()
          }
          guard refusal == nil else { return report }
          let act = AuditAct(.subjectErased, company: company) {
            $0.set("mappings", report.mappings)
            $0.set("records", report.records)
            if !report.archivedMonths.isEmpty { $0.set("archivedMonths", list: report.archivedMonths) }
          }
          try audit(act, by: `operator`, on: connection)
          return report
        }
      }
    } catch {
      throw .administration(error)
    }
    if let refusal { throw refusal }
    return report
  }
}

private struct Work {
  let connection: Connection
  let company: Company
  let names: [Pseudonym]

  private typealias Refusal = SubjectErasure.Refusal

  private func surrogates() throws(PostgreSQLError) -> [Surrogate] {
    let rows = try connection.query(
      """
      SELECT DISTINCT surrogate FROM billing.subjects
      WHERE company_id = \(company.id) AND kind = 'p' AND pseudonym = ANY (\(names))
      """)
    var surrogates: [Surrogate] = []
    for row in rows { surrogates.append(try row.decode(at: 0)) }
    return surrogates
  }

  func refusal() throws(PostgreSQLError) -> SubjectErasure.Refusal? {
    let surrogates = try surrogates()
    let active = try connection.query(
      """
      SELECT count(*) FROM billing.patients
      WHERE company_id = \(company.id) AND surrogate = ANY (\(surrogates)) AND is_active
      """)
    guard try active.one().decode(Int64.self, at: 0) == 0 else { return .active }
    let rows = try connection.query(
      """
      WITH days AS (
        SELECT DISTINCT (occurred_at AT TIME ZONE 'UTC')::date AS day FROM billing.ledger
        WHERE company_id = \(company.id) AND ARRAY[subject_pseudonym, user_pseudonym, subscription_pseudonym] && \(names)
        UNION
        SELECT period_start FROM billing.patient_charges
        WHERE company_id = \(company.id) AND surrogate = ANY (\(surrogates)) AND stands)
      SELECT DISTINCT p.period_start FROM days d JOIN billing.billing_periods p
        ON p.company_id = \(company.id) AND p.period_start <= d.day AND d.day < p.period_end
      WHERE p.closed_at IS NULL ORDER BY 1
      """)
    var open: [CivilDate] = []
    for row in rows { open.append(try row.decode(at: 0)) }
    return open.isEmpty ? nil : .openPeriods(open)
  }

  func erase() throws(PostgreSQLError) -> SubjectErasure.Report {
    var report = SubjectErasure.Report()
    let surrogates = try surrogates()
    let records = try connection.query(
      """
      SELECT count(*) FROM billing.ledger
      WHERE company_id = \(company.id) AND ARRAY[subject_pseudonym, user_pseudonym, subscription_pseudonym] && \(names)
      """)
    report.records = try records.one().decode(at: 0)
    report.archivedMonths = try archivedMonths()
    try standIn()
    try RestoredPerson(connection: connection, company: company.id, names: names).standIn()
    _ = try connection.update(
      """
      UPDATE billing.ledger SET
        subject_pseudonym = CASE WHEN subject_pseudonym = ANY (\(names)) THEN NULL ELSE subject_pseudonym END,
        user_pseudonym = CASE WHEN user_pseudonym = ANY (\(names)) THEN NULL ELSE user_pseudonym END,
        subscription_pseudonym =
          CASE WHEN subscription_pseudonym = ANY (\(names)) THEN NULL ELSE subscription_pseudonym END
      WHERE company_id = \(company.id) AND ARRAY[subject_pseudonym, user_pseudonym, subscription_pseudonym] && \(names)
      """)
    // Of the charges only the numbers stay, which the ledger's identifiers have as well.
    for table in ["patient_changes", "patients"] as [StaticString] {
      _ = try connection.update(
        """
        DELETE FROM billing.\(unescaped: table)
        WHERE company_id = \(company.id) AND surrogate = ANY (\(surrogates))
        """)
    }
    report.mappings = try connection.update(
      """
      DELETE FROM billing.subjects
      WHERE company_id = \(company.id) AND kind = 'p' AND surrogate = ANY (\(surrogates))
      """)
    return report
  }

  private func archivedMonths() throws(PostgreSQLError) -> [CivilDate] {
    let rows = try connection.query(
      """
      SELECT m.month FROM billing.archived_months m WHERE m.state <> 'r' AND EXISTS (
        SELECT FROM billing.usage_daily d
        WHERE d.company_id = \(company.id) AND d.day >= m.month AND d.day < (m.month + interval '1 month')::date)
      ORDER BY 1
      """)
    return try rows.map { row throws(PostgreSQLError) in try row.decode(CivilDate.self, at: 0) }
  }

  /// Where different subjects are counted, they must stay different, and as many.
  private func standIn() throws(PostgreSQLError) {
    let seen = try connection.query(
      """
      SELECT s.metric, p.period_start, p.period_end, s.subject_pseudonym,
        array_prepend(s.subject_pseudonym, s.former_pseudonyms)
      FROM billing.usage_subjects s
      JOIN billing.billing_periods p ON p.company_id = s.company_id AND p.period_start = s.span_start
      WHERE s.company_id = \(company.id) AND s.span = 'p'
        AND (s.subject_pseudonym = ANY (\(names)) OR s.former_pseudonyms && \(names))
      """)
    for row in seen {
      let (metric, start, end) = (
        try row.decode(MetricName.self, at: 0), try row.decode(CivilDate.self, at: 1),
        try row.decode(CivilDate.self, at: 2)
      )
      let known: [Pseudonym] = try row.decode(at: 4)
      let standIn = Pseudonym.standIn()
      _ = try connection.update(
        """
        UPDATE billing.ledger SET subject_pseudonym = \(standIn)
        WHERE company_id = \(company.id) AND metric = \(metric) AND subject_pseudonym = ANY (\(known))
          AND month BETWEEN \(start.firstOfMonth) AND \(end.firstOfMonth)
          AND occurred_at >= \(start.start) AND occurred_at < \(end.start)
        """)
      _ = try connection.update(
        """
        UPDATE billing.usage_subjects SET subject_pseudonym = \(standIn), former_pseudonyms = '{}'
        WHERE company_id = \(company.id) AND metric = \(metric) AND subject_pseudonym = ANY (\(known))
          AND (span = 'p' AND span_start = \(start)
            OR span = 'd' AND span_start >= \(start) AND span_start < \(end))
        """)
    }
  }
}
