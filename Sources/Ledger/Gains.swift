import Billing
import PostgreSQL

/// What a batch adds to the daily and period totals while it is being written.
struct Gains {
  fileprivate struct OfCompany {
    var daily: [TotalsDelta.Key: TotalsDelta.Amount] = [:]
    var periods: [TotalsDelta.Key: TotalsDelta.Amount] = [:]
  }

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

  private var companies: [CompanyID: OfCompany] = [:]
  private var recomputedSet: Set<Recomputed> = []

  var recomputed: [Recomputed] { recomputedSet.sorted() }

  /// Adds new records, given in key order. A company's stand together, so its gains are found once for all of them.
  mutating func add(_ entries: [Entry], subjects: Subjects) throws(LedgerError) {
    var rest = entries[...]
    while let company = rest.first?.company {
      let end = rest.firstIndex { $0.company !== company } ?? rest.endIndex
      var gains = companies.removeValue(forKey: company.id) ?? OfCompany()
      for entry in rest[..<end] { try gains.add(entry, subjects: subjects) }
      companies[company.id] = gains
      rest = rest[end...]
    }
  }

  /// Takes one counted record back.
  mutating func remove(_ record: StandingRecord, periodStart: CivilDate, subjects: Subjects) throws(LedgerError) {
    companies[record.company, default: OfCompany()].remove(record, periodStart: periodStart)
    let day = record.timestamp.date
    switch record.aggregation {
    case .sum, .count: break
    case .max, .last:
      recomputedSet.insert(
        Recomputed(company: record.company, metric: record.metric, day: day, periodStart: periodStart))
    case .unique:
      guard let subject = record.subject else { break }
      let (isDayLess, isPeriodLess) = try database { () throws(PostgreSQLError) in
        (
          try subjects.remove(subject, company: record.company, metric: record.metric, span: .day, start: day),
          try subjects.remove(
            subject, company: record.company, metric: record.metric, span: .period, start: periodStart)
        )
      }
      let dayKey = TotalsDelta.Key(metric: record.metric, start: day)
      let periodKey = TotalsDelta.Key(metric: record.metric, start: periodStart)
      if isDayLess { companies[record.company]?.daily[dayKey]?.quantity += Quantity(-1) }
      if isPeriodLess { companies[record.company]?.periods[periodKey]?.quantity += Quantity(-1) }
    }
  }

  func daily() -> TotalsDelta { delta { $0.daily } }

  func periods() -> TotalsDelta { delta { $0.periods } }

  private func delta(_ spans: (OfCompany) -> [TotalsDelta.Key: TotalsDelta.Amount]) -> TotalsDelta {
    var delta = TotalsDelta()
    for (company, gains) in companies.sorted(by: { $0.key < $1.key }) {
      delta.append(company: company, spans(gains))
    }
    return delta
  }
}

extension Gains.OfCompany {
  fileprivate mutating func add(_ entry: Entry, subjects: Subjects) throws(LedgerError) {
    let record = entry.record
    let metric = record.metric
    let nothing = TotalsDelta.Amount.nothing(metric.aggregation)
    let day = TotalsDelta.Key(metric: metric.name, start: entry.day)
    let period = TotalsDelta.Key(metric: metric.name, start: entry.periodStart)
    daily[day, default: nothing].add(counted: entry.counted, at: record.timestamp, id: record.usageID)
    periods[period, default: nothing].add(counted: entry.counted, at: record.timestamp, id: record.usageID)
    guard metric.aggregation == .unique, let subject = record.subject else { return }
    let (isNewInDay, isNewInPeriod) = try database { () throws(PostgreSQLError) in
      (
        try subjects.add(subject, company: entry.company.id, metric: metric.name, span: .day, start: day.start),
        try subjects.add(subject, company: entry.company.id, metric: metric.name, span: .period, start: period.start)
      )
    }
    if isNewInDay { daily[day]?.quantity += Quantity(1) }
    if isNewInPeriod { periods[period]?.quantity += Quantity(1) }
  }

  fileprivate mutating func remove(_ record: StandingRecord, periodStart: CivilDate) {
    let nothing = TotalsDelta.Amount.nothing(record.aggregation)
    let day = TotalsDelta.Key(metric: record.metric, start: record.timestamp.date)
    let period = TotalsDelta.Key(metric: record.metric, start: periodStart)
    daily[day, default: nothing].remove(counted: record.counted)
    periods[period, default: nothing].remove(counted: record.counted)
  }
}
