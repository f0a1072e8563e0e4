/// A catalog as somebody wrote it, before it is known to keep the rules.
///
/// `nil` stands for an element that could not be read and was named as a mistake by its reader: it keeps the indexes in
/// the paths right, and lets the rules find the other mistakes at the same time.
public struct CatalogDraft: Hashable, Sendable {
  public struct DraftPlan: Hashable, Sendable {
    public var id: PlanID?
    /// In the plan's currency.
    public var baseFee: Amount?
    public var rates: [Rate?]
    public var isDefault: Bool

    public init(id: PlanID?, baseFee: Amount?, rates: [Rate?], isDefault: Bool = false) {
      self.id = id
      self.baseFee = baseFee
      self.rates = rates
      self.isDefault = isDefault
    }
  }

  public var metrics: [Metric?]
  public var plans: [DraftPlan?]
  public var chargeKinds: [ChargeKind?]
  /// Of the charge kinds, those whose charges do not wait for their period's end.
  public var kindsBilledAtOnce: Set<ChargeKind>

  public init(
    metrics: [Metric?], plans: [DraftPlan?], chargeKinds: [ChargeKind?] = [], kindsBilledAtOnce: Set<ChargeKind> = []
  ) {
    self.metrics = metrics
    self.plans = plans
    self.chargeKinds = chargeKinds
    self.kindsBilledAtOnce = kindsBilledAtOnce
  }

  /// The catalog, when every rule holds.
  ///
  /// - Parameters:
  ///   - version: the number under which it comes into force.
  ///   - found: what reading it had found already; reported together with what breaks the rules.
  /// - Throws: every mistake at once.
  public func checked(
    version: Int, alreadyFound found: [CatalogMistake] = []
  ) throws(CatalogMistakes) -> Catalog {
    let mistakes = found + self.mistakes
    guard mistakes.isEmpty else { throw CatalogMistakes(mistakes) }
    let metrics = try Self.whole(self.metrics, "metrics") { $0 }
    let plans = try Self.whole(self.plans, "plans", Self.whole)
    let chargeKinds = try Self.whole(self.chargeKinds, "chargeKinds") { $0 }
    guard let defaultPlan = plans.first(where: \.isDefault) else { throw CatalogMistakes([Self.oneDefault]) }
    return Catalog(
      version: version, metrics: Dictionary(metrics.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }),
      plans: plans, chargeKinds: chargeKinds, kindsBilledAtOnce: kindsBilledAtOnce, defaultPlan: defaultPlan)
  }

  /// An unreadable element that its reader failed to name must not vanish from the catalog.
  private static func whole<Element, Whole>(
    _ elements: [Element?], _ path: String, _ whole: (Element) -> Whole?
  ) throws(CatalogMistakes) -> [Whole] {
    let unreadable = CatalogMistake(path: path, rule: "every element readable")
    let result = elements.compactMap { $0.flatMap(whole) }
    guard result.count == elements.count else { throw CatalogMistakes([unreadable]) }
    return result
  }

  private static func whole(_ plan: DraftPlan) -> Plan? {
    let rates = plan.rates.compactMap(\.self)
    guard let id = plan.id, let baseFee = plan.baseFee, rates.count == plan.rates.count else { return nil }
    return Plan(id: id, baseFee: baseFee, rates: rates, isDefault: plan.isDefault)
  }

  static let oneDefault = CatalogMistake(path: "plans", rule: "exactly one has to be the default")
}
