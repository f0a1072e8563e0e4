import Billing
import PostgreSQL

/// Answers what companies used. Reads totals only, except for a user's or subscription's part.
public struct UsageReporter {
  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Reads and prices usage, all as of one moment.
  ///
  /// - Parameter today: the day in UTC; thresholds are those in force today.
  public func report(_ question: UsageQuestion, today: CivilDate) throws(UsageReportError) -> UsageReport {
    let facts = try connection.snapshot(keepingMonths: true) { () throws(LedgerError) in try read(question) }
    guard let facts else { throw .unknownCompany(question.company) }
    guard facts.absent.isEmpty else { throw .archived(facts.absent) }
    return try priced { () throws(MoneyError) in try facts.priced(question, today: today) }
  }

  private func read(_ question: UsageQuestion) throws(LedgerError) -> Facts? {
    let catalog = try CatalogStore.catalog(connection)
    guard let company = try CompanyLoader(connection: connection).load([question.company]).first else { return nil }
    let firstDay =
      switch question.span {
      case .period(let day): day
      case .days(let days): days.start
      }
    let period = company.reportedPeriod(containing: firstDay)
    let absent = try absentMonths(question, period: period.bounds)
    let usage = try database { () throws(PostgreSQLError) in
      let source = UsageSource(connection: connection, company: company.id, metrics: catalog.metrics)
      switch (question.part, question.span) {
      case (.all, .period): return try source.period(startingAt: period.bounds.start)
      case (.all, .days(let days)): return try source.days(days)
      case (let part, .period): return try source.part(part, in: period.bounds)
      case (let part, .days(let days)): return try source.part(part, in: days)
      }
    }
    return Facts(company: company, catalog: catalog, period: period, usage: usage, absent: absent)
  }

  /// Totals stay; a part is counted from records.
  private func absentMonths(_ question: UsageQuestion, period: BillingPeriod) throws(LedgerError) -> [CivilDate] {
    guard question.part != .all else { return [] }
    let archived = try ArchivedMonths(connection)
    switch question.span {
    case .period: return archived.absent(in: period)
    case .days(let days): return archived.absent(in: days)
    }
  }
}

/// What was read for a report, before it is priced.
private struct Facts {
  let company: Company
  let catalog: Catalog
  /// Contains the first day asked for: its plan and rates price the usage.
  let period: Company.Period
  let usage: [MetricUsage]
  /// Months whose records it would need, and which are archived.
  let absent: [CivilDate]

  func priced(_ question: UsageQuestion, today: CivilDate) throws(MoneyError) -> UsageReport {
    let plan = period.plan.flatMap(catalog.plan) ?? catalog.defaultPlan
    let isWhole = question.part == .all
    var span = period.bounds
    var isPeriod = true
    if case .days(let days) = question.span {
      span = days
      isPeriod = false
    }
    var lines: [UsageReport.Line] = []
    for usage in ordered(by: plan) {
      let rate = rate(for: usage.metric, plan, span, today: today)
      lines.append(try line(usage, rate, plan.currency, isWholePeriod: isPeriod && isWhole))
    }
    let usageCost = try Amount.sum(lines.map(\.cost), currency: plan.currency)
    let baseFee = isPeriod && isWhole ? try company.baseFee(of: plan, in: span) : .zero(plan.currency)
    return UsageReport(
      companyID: company.id, isRegistered: company.isRegistered, plan: plan.id, currency: plan.currency, span: span,
      isPeriod: isPeriod, isWhole: isWhole, lines: lines, usageCost: usageCost, baseFee: baseFee,
      total: try usageCost.adding(baseFee))
  }

  private func ordered(by plan: Plan) -> [MetricUsage] {
    let byMetric = Dictionary(uniqueKeysWithValues: usage.map { ($0.metric, $0) })
    return plan.inOrder(byMetric.keys).compactMap { byMetric[$0] }
  }

  /// A metric that got its first rate after the period of a range's first day is priced by that first rate.
  private func rate(
    for metric: MetricName, _ plan: Plan, _ span: BillingPeriod, today: CivilDate
  ) -> EffectiveRate? {
    plan.rate(for: metric, in: period.bounds, today: today, overrides: company.overrides)
      ?? plan.rate(for: metric, in: span, today: today, overrides: company.overrides)
  }

  private func line(
    _ usage: MetricUsage, _ rate: EffectiveRate?, _ currency: Currency, isWholePeriod: Bool
  ) throws(MoneyError) -> UsageReport.Line {
    guard let rate else {
      return UsageReport.Line(
        metric: usage.metric, quantity: usage.quantity, events: usage.events, included: .zero, billable: .zero,
        cost: .zero(currency), threshold: nil, isRated: false)
    }
    let applied = isWholePeriod ? rate : rate.withoutQuota
    let priced = try Pricing.cost(of: usage.quantity, at: applied, currency: currency)
    return UsageReport.Line(
      metric: usage.metric, quantity: usage.quantity, events: usage.events, included: applied.pricing.included,
      billable: priced.billable, cost: priced.amount,
      threshold: isWholePeriod ? rate.thresholds?.threshold : nil, isRated: true)
  }
}

extension EffectiveRate {
  /// The same prices from the first unit on.
  var withoutQuota: EffectiveRate {
    EffectiveRate(
      metric: metric,
      pricing: Pricing(model: pricing.model, unitSize: pricing.unitSize),
      thresholds: thresholds, billing: billing, itemize: itemize)
  }
}
