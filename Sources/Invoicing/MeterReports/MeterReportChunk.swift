import Billing
import Faults
import Ledger
import Outbox
import PostgreSQL

/// What a pass does for some companies, in a transaction that is open.
struct MeterReportChunk {
  let connection: Connection
  let grace: Duration
  let now: Instant
  let failpoints: Failpoints

  private var table: MeterReportTable { MeterReportTable(connection: connection) }

  /// A total with what is needed to decide about it.
  private struct Subject {
    let key: MeterKey
    let terms: PricedPeriods.Terms
    let rate: EffectiveRate
    let window: MeterWindow
    let canConvert: Bool
  }

  func run(
    after last: String, limit: Int, begunBefore: CivilDate?
  ) throws(InvoicingError) -> (CompanyID?, MeterReportSummary) {
    var summary = MeterReportSummary()
    let companies = try database { () throws(PostgreSQLError) in
      try table.companies(after: last, limit: limit, closable: closable)
    }
    summary.companies = companies.count
    let ids = companies.map(\.id)
    guard let reached = ids.last else { return (nil, summary) }
    let priced = try ledger { () throws(LedgerError) in try PricedPeriods(of: ids, on: connection) }
    let horizon = begunBefore ?? now.adding(days: 1).date
    let untold = try database { () throws(PostgreSQLError) in
      try table.untold(ids, priced.meteredMetrics, begunBefore: horizon)
    }
    let convertible = companies.filter(\.canConvert).map(\.id)
    let overdue = try outbox { () throws(OutboxError) in
      try OverdueMeterEntries(connection).find(convertible, now: now)
    }
    let billedFrom = try database { () throws(PostgreSQLError) in try table.billedFrom(ids) }
    let facts = Dictionary(uniqueKeysWithValues: companies.map { ($0.id, $0) })
    let overdueKeys = Set(overdue.map(\.meterKey).filter { $0.periodStart < horizon })
    var subjects: [Subject] = []
    for key in overdueKeys.union(untold).sorted() {
      guard let company = facts[key.company],
        let subject = subject(key, priced, company, billedFrom[key.company]?[key.metric])
      else {
        // Without a rate usage is counted and costs nothing; an entry that was written had one.
        if overdueKeys.contains(key) { summary.note(.unpriced, key) }
        continue
      }
      if subject.rate.billing == .stripeMeter || overdueKeys.contains(key) { subjects.append(subject) }
    }
    try settle(subjects, overdue, &summary)
    return (reached, summary)
  }

  /// What ended on this day or before may be closed by now.
  private var closable: CivilDate { now.adding(seconds: -grace.components.seconds).date }

  private func subject(
    _ key: MeterKey, _ priced: PricedPeriods, _ company: MeterReportTable.ReportedCompany,
    _ billedFrom: Instant?
  ) -> Subject? {
    guard let terms = priced.terms(of: key.company, periodStart: key.periodStart),
      let rate = terms.rate(of: key.metric)
    else { return nil }
    let window = MeterWindow(
      period: terms.period, subscription: company.subscription, grace: grace,
      isPriced: company.pricedFrom.map { terms.period.start <= $0 } ?? true, billedFrom: billedFrom)
    return Subject(key: key, terms: terms, rate: rate, window: window, canConvert: company.canConvert)
  }

  /// Locks, reads anew, decides and writes.
  private func settle(
    _ subjects: [Subject], _ found: [OverdueMeterEntries.Entry], _ summary: inout MeterReportSummary
  ) throws(InvoicingError) {
    guard !subjects.isEmpty else { return }
    let (accounts, totals) = try database { () throws(PostgreSQLError) in
      let accounts = try table.lock(subjects.map { ($0.key, $0.terms.currency) })
      // A statement of its own, after the rows are ours: what another pass has told is told in both.
      return (accounts, try table.totals(subjects.map(\.key)))
    }
    let entries = try outbox { () throws(OutboxError) in try OverdueMeterEntries(connection) }
    let overdue = Dictionary(
      grouping: try outbox { () throws(OutboxError) in try entries.lock(found, now: now) }, by: \.meterKey)
    failpoints.pass(MeterReportStep.afterLock)

    var changed: [(key: MeterKey, account: MeterAccount)] = []
    var owed: [NewEntry] = []
    var conversions: [OverdueMeterEntries.Conversion] = []
    var random = SystemRandomNumberGenerator()
    for (position, subject) in subjects.enumerated() {
      let overdue = overdue[subject.key] ?? []
      let plan: MeterReportPlan
      do {
        plan = try MeterReportPlan(
          subject.key.metric, account: accounts[position], total: totals[position],
          overdue: overdue.map(\.event.value), rate: subject.rate, window: subject.window,
          canConvert: subject.canConvert, now: now)
      } catch {
        summary.note(.tooLarge, subject.key)
        continue
      }
      let new = plan.owed.map { owed in
        NewEntry(
          id: EntryID(now: now, using: &random), company: subject.key.company, effect: owed.effect,
          sendBefore: owed.sendBefore)
      }
      owed += new
      if plan.convertsOverdue {
        let item = plan.conversion.map { new[$0].id }
        conversions += overdue.map { OverdueMeterEntries.Conversion(entry: $0, into: item) }
      }
      if plan.account != accounts[position] { changed.append((subject.key, plan.account)) }
      summary.note(plan, converted: plan.convertsOverdue ? overdue.count : 0)
    }
    try outbox { () throws(OutboxError) in
      try OutboxWriter(connection).write(owed)
      try entries.settle(conversions)
    }
    failpoints.pass(MeterReportStep.afterEntries)
    try database { () throws(PostgreSQLError) in try table.save(changed) }
  }
}

extension OverdueMeterEntries.Entry {
  /// The total that it is a part of.
  var meterKey: MeterKey {
    MeterKey(company: company, metric: event.metric, periodStart: event.period.start)
  }
}

extension MeterReportSummary {
  mutating func note(_ reason: Reason, _ key: MeterKey) {
    problems.append(Problem(company: key.company, metric: key.metric, periodStart: key.periodStart, reason: reason))
  }

  mutating func note(_ plan: MeterReportPlan, converted count: Int) {
    let meterEvents = plan.owed.count { $0.effect.kind == .meterEvent }
    reports += meterEvents
    items += plan.owed.count - meterEvents
    converted += count
    if plan.isWaiting { waiting += 1 }
  }
}
