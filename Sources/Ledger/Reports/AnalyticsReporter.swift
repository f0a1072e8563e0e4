import Billing
import PostgreSQL

/// Answers how a company's billing period goes. Reads daily totals only.
public struct AnalyticsReporter {
  private static let lastDays = 7

  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Reads and prices the billing period that contains `day`, and the one before, all as of one moment.
  ///
  /// - Parameter day: the last day that is looked at, in UTC: today, or an earlier one for how it stood then. What was
  ///   recorded or taken back later counts for the days that it belongs to.
  public func report(_ id: CompanyID, through day: CivilDate) throws(UsageReportError) -> AnalyticsReport {
    try connection.report(of: id) { () throws(LedgerError) in
      try read(id, day)
    } _: { (facts) throws(MoneyError) in
      try facts.report()
    }
  }

  private func read(_ id: CompanyID, _ day: CivilDate) throws(LedgerError) -> Facts? {
    let catalog = try CatalogStore.catalog(connection)
    guard let company = try CompanyLoader(connection: connection).load([id]).first else { return nil }
    let current = company.reportedPeriod(containing: day)
    var earlier = [company.reportedPeriod(containing: current.bounds.start.adding(days: -1))]
    // Several, where changed anchors left periods of a few days.
    let firstDay = day.adding(days: 1 - Self.lastDays)
    while let start = earlier.last?.bounds.start, start > firstDay {
      earlier.append(company.reportedPeriod(containing: start.adding(days: -1)))
    }
    guard let progress = PeriodProgress(current.bounds, through: day), let start = earlier.last?.bounds.start,
      let days = BillingPeriod(start: start, end: day.adding(days: 1))
    else { throw .unexpected("the period of \(day) does not contain it") }
    let usage = try database { () throws(PostgreSQLError) in
      try UsageSource(connection: connection, company: id, metrics: catalog.metrics).daily(days)
    }
    return Facts(
      company: company, progress: progress, usage: usage,
      current: PricedCourse(current, of: company, catalog, usage),
      earlier: earlier.map { PricedCourse($0, of: company, catalog, usage) },
      lastDays: (0..<Self.lastDays).map { firstDay.adding(days: $0) })
  }
}

/// What was read for a report, before its costs are added up.
private struct Facts {
  let company: Company
  let progress: PeriodProgress
  let usage: DailyUsage
  let current: PricedCourse
  /// The period before, and those before it that the last days reach into. Never empty.
  let earlier: [PricedCourse]
  let lastDays: [CivilDate]

  func report() throws(MoneyError) -> AnalyticsReport {
    let former = earlier[0]
    let count = progress.comparedDays(with: former.bounds)
    let (compared, formerly) = (current.bounds.day(count), former.bounds.day(count))
    let metrics = current.metrics(through: progress.day).union(former.metrics(through: formerly))
    var lines: [AnalyticsReport.Line] = []
    for metric in current.plan.inOrder(metrics) {
      let line = try (
        compared: current.figure(of: metric, through: compared), former: former.figure(of: metric, through: formerly)
      )
      lines.append(
        AnalyticsReport.Line(
          metric: metric, soFar: try current.figure(of: metric, through: progress.day), compared: line.compared,
          former: line.former, trend: try Trend(from: line.former.quantity, to: line.compared.quantity),
          isRated: current.isRated(metric)))
    }
    let costs = try costs(current.cost(through: compared), former.cost(through: formerly))
    let baseFee = try company.baseFee(of: current.plan, in: progress.period)
    return AnalyticsReport(
      companyID: company.id, isRegistered: company.isRegistered, plan: current.plan.id, progress: progress,
      former: former.bounds, hasFormer: company.period(startingAt: former.bounds.start) != nil, lines: lines,
      costs: costs, baseFee: baseFee,
      projectedCost: try Projection.cost(usage: costs.soFar, over: progress, baseFee: baseFee),
      lastDays: try days())
  }

  private func costs(_ compared: Amount, _ former: Amount) throws(MoneyError) -> AnalyticsReport.Costs {
    AnalyticsReport.Costs(
      soFar: try current.cost(through: progress.day), compared: compared, former: former,
      trend: compared.currency == former.currency ? try Trend(from: former, to: compared) : nil)
  }

  private func days() throws(MoneyError) -> [AnalyticsReport.Day] {
    var days: [AnalyticsReport.Day] = []
    for day in lastDays {
      guard let course = ([current] + earlier).first(where: { $0.bounds.contains(day) }),
        let span = BillingPeriod(start: day, end: day.adding(days: 1))
      else { continue }
      let events = usage.totals.keys.reduce(0) { $0 + usage.events(of: $1, over: span) }
      days.append(AnalyticsReport.Day(day: day, events: events, cost: try course.cost(on: day)))
    }
    return days
  }
}
