/// Metrics, plans, rates and charge kinds in force together. Only a `CatalogDraft` without mistakes becomes one.
public struct Catalog: Hashable, Sendable {
  /// Counts the catalogs ever applied; the newest is in force.
  public let version: Int
  public let metrics: [MetricName: Metric]
  /// In the document's order.
  public let plans: [Plan]
  /// In the document's order.
  public let chargeKinds: [ChargeKind]
  /// Of them, those whose charges are on an invoice of their own at once, not on that of their period.
  public let kindsBilledAtOnce: Set<ChargeKind>
  /// The plan of companies that name none.
  public let defaultPlan: Plan

  init(
    version: Int, metrics: [MetricName: Metric], plans: [Plan], chargeKinds: [ChargeKind],
    kindsBilledAtOnce: Set<ChargeKind>, defaultPlan: Plan
  ) {
    self.version = version
    self.metrics = metrics
    self.plans = plans
    self.chargeKinds = chargeKinds
    self.kindsBilledAtOnce = kindsBilledAtOnce
    self.defaultPlan = defaultPlan
  }

  public func plan(_ id: PlanID) -> Plan? { plans.first { $0.id == id } }
}
