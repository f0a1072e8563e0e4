import Billing
import PostgreSQL

/// Companies' billing periods with what prices them, for whoever turns totals into bills.
///
/// Read inside a transaction that holds the registry's lock (`lockRegistry`), it stays true until that ends.
public struct PricedPeriods {
  /// A company's period and the terms that hold in it.
  public struct Terms: Sendable {
    public let period: BillingPeriod
    public let currency: Currency
    public let plan: Plan
    /// The company's own rates.
    public let overrides: [RateOverride]
    public let anchor: AnchorDay

    /// Of the whole period.
    public var baseFee: Amount { plan.baseFee }

    /// In the plan's order.
    public var ratedMetrics: [MetricName] { plan.ratedMetrics }

    /// `nil` when the metric is unrated there.
    public func rate(of metric: MetricName) -> EffectiveRate? {
      plan.rate(for: metric, in: period, today: period.start, overrides: overrides)
    }
  }

  private let catalog: Catalog
  private let companies: [CompanyID: Company]

  /// Reads the catalog in force and the companies.
  public init(of ids: [CompanyID], on connection: Connection) throws(LedgerError) {
    catalog = try CatalogStore.catalog(connection)
    companies = Dictionary(
      uniqueKeysWithValues: try CompanyLoader(connection: connection).load(ids).map { ($0.id, $0) })
  }

  /// Charges of these kinds do not wait for their period's end.
  public var kindsBilledAtOnce: Set<ChargeKind> { catalog.kindsBilledAtOnce }

  /// Metrics that a plan bills, or has billed, through a meter.
  public var meteredMetrics: [MetricName] {
    Set(catalog.plans.flatMap(\.rates).filter { $0.billing == .stripeMeter }.map(\.metric)).sorted()
  }

  /// What is counted, by name.
  public var metrics: [MetricName: Metric] { catalog.metrics }

  /// `nil` when there is no such period, or nobody has decided its plan.
  public func terms(of company: CompanyID, periodStart: CivilDate) -> Terms? {
    guard let company = companies[company], let period = company.period(startingAt: periodStart),
      let plan = period.plan.flatMap(catalog.plan)
    else { return nil }
    return Terms(
      period: period.bounds, currency: plan.currency, plan: plan, overrides: company.overrides, anchor: company.anchor)
  }

  /// For which days of the period the base fee is owed; `nil` for a company that is not among them.
  public func membership(of company: CompanyID, in period: BillingPeriod) -> Membership? {
    companies[company]?.membership(in: period)
  }

  /// The terms of the period that contains the instant.
  public func terms(of company: CompanyID, at instant: Instant) -> Terms? {
    companies[company]?.period(containing: instant).flatMap { terms(of: company, periodStart: $0.bounds.start) }
  }

  /// Keeps catalog and companies as they are until the transaction ends, as recorders do.
  public static func lockRegistry(_ connection: Connection) throws(LedgerError) {
    try database { () throws(PostgreSQLError) in
      try connection.execute("SELECT pg_advisory_xact_lock_shared(\(Registry.lockClass), \(Registry.lockKey))")
    }
  }
}
