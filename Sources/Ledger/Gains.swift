import Billing
import PostgreSQL

/// What a batch adds to the daily and period totals while it is being written.
struct Gains {
  /// A total that a taken-back record may have decided: `max` and `last` are computed anew from the ledger.
  struct Recomputed: Hashable, Comparable {
    let company: CompanyID
    let metric: MetricName
    let day: CivilDate
    let periodStart: CivilDate

    static func < (left: Self, right: Self) -> Bool {
      (left.company, left.metric, left.day) < (right.company, right.metric, right.day)
    }
  }

  /// A record that was taken back: what says so is a record of its own, of the same total.
  struct TakenBack {
    let company: CompanyID
    let usageID: UsageID
    let month: CivilDate
    let total: TotalsDelta.Key
  }

  private var days = SpanGains()
  private var spans = SpanGains()
  private var recomputedSet: Set<Recomputed> = []
  private(set) var takenBack: [TakenBack] = []
  /// Of metrics that count subjects: who was seen, in how many records.
  private var subjects: [Subjects.Row: Subjects.Seen] = [:]

  var recomputed: [Recomputed] { recomputedSet.sorted() }

  func daily() -> TotalsDelta { days.delta() }

  func periods() -> TotalsDelta { spans.delta() }

  /// Adds new records, best given in key order. What `unique` totals gain is known only after `addSubjects`.
  mutating func add(_ entries: [Entry]) {
    // By index: a copy of the entry would touch the record's count of references, which is in no cache by now.
    for index in entries.indices {
      let company = entries[index].company
      let aggregation = entries[index].aggregation
      let counted = entries[index].counted
      let day = TotalsDelta.Key(metric: entries[index].metric, start: entries[index].day)
      let period = TotalsDelta.Key(metric: day.metric, start: entries[index].periodStart)
      days[company, day, aggregation].add(counted) { entries[index].moment }
      spans[company, period, aggregation].add(counted) { entries[index].moment }
      if aggregation == .unique, let subject = entries[index].record.subject { see(subject, of: company, day, period) }
    }
  }

  private mutating func see(
    _ subject: Pseudonyms, of company: Company, _ day: TotalsDelta.Key, _ period: TotalsDelta.Key
  ) {
    for (span, key) in [(Subjects.Span.day, day), (.period, period)] {
      let row = Subjects.Row(
        company: company.id, metric: key.metric, span: span, start: key.start, subject: subject.newest)
      subjects[row, default: Subjects.Seen(company: company, older: subject.older)].events += 1
    }
  }

  /// Adds the subjects of the new records, each row once and in key order.
  mutating func addSubjects(_ table: Subjects) throws(LedgerError) {
    guard !subjects.isEmpty else { return }
    let rows = subjects.sorted { $0.key < $1.key }
    let gained = try database { () throws(PostgreSQLError) in try table.add(rows) }
    for ((row, seen), count) in zip(rows, gained) where count != 0 {
      let key = TotalsDelta.Key(metric: row.metric, start: row.start)
      switch row.span {
      case .day: days[seen.company, key, .unique].quantity += Quantity(count)
      case .period: spans[seen.company, key, .unique].quantity += Quantity(count)
      }
    }
  }

  /// Takes one counted record back.
  mutating func remove(
    _ record: StandingRecord, of company: Company, periodStart: CivilDate, subjects: Subjects
  ) throws(LedgerError) {
    let aggregation = record.aggregation
    let day = TotalsDelta.Key(metric: record.metric, start: record.timestamp.date)
    let period = TotalsDelta.Key(metric: record.metric, start: periodStart)
    days[company, day, aggregation].remove(counted: record.counted)
    spans[company, period, aggregation].remove(counted: record.counted)
    takenBack.append(
      TakenBack(company: record.company, usageID: record.usageID, month: record.month, total: period))
    switch aggregation {
    case .sum, .count: break
    case .max, .last:
      recomputedSet.insert(
        Recomputed(company: record.company, metric: record.metric, day: day.start, periodStart: periodStart))
    case .unique:
      if let subject = record.subject { try remove(subject, of: company, day, period, subjects) }
    }
  }

  private mutating func remove(
    _ subject: Pseudonym, of company: Company, _ day: TotalsDelta.Key, _ period: TotalsDelta.Key, _ subjects: Subjects
  ) throws(LedgerError) {
    let isGone = try database { () throws(PostgreSQLError) in
      (
        fromDay: try subjects.remove(subject, company: company.id, metric: day.metric, span: .day, start: day.start),
        fromPeriod: try subjects.remove(
          subject, company: company.id, metric: period.metric, span: .period, start: period.start)
      )
    }
    if isGone.fromDay { days[company, day, .unique].quantity += Quantity(-1) }
    if isGone.fromPeriod { spans[company, period, .unique].quantity += Quantity(-1) }
  }
}
