import Audit
import Billing

extension AuditAct {
  /// A catalog in force: which version, and how many of its parts came, went or became others. The document itself is kept
  /// with its version.
  static func catalogApplied(_ new: Catalog, over old: Catalog?) -> AuditAct {
    AuditAct(.catalogApplied) {
      $0.set("version", new.version)
      $0.set("versionBefore", old?.version)
      Changes(old?.metrics ?? [:], new.metrics).tell("metricsAdded", "metricsRemoved", "metricsChanged", &$0)
      Changes(terms(old), terms(new)).tell("plansAdded", "plansRemoved", "plansChanged", &$0)
      Changes(rates(old), rates(new)).tell("ratesAdded", "ratesRemoved", "ratesChanged", &$0)
      Changes(kinds(old), kinds(new)).tell("chargeKindsAdded", "chargeKindsRemoved", "chargeKindsChanged", &$0)
    }
  }

  /// A plan without its rates, which are counted by themselves.
  private struct Terms: Equatable {
    let baseFee: Amount
    let isDefault: Bool
  }

  private struct RateKey: Hashable {
    let plan: PlanID
    let metric: MetricName
    let effectiveFrom: CivilDate?
  }

  private static func terms(_ catalog: Catalog?) -> [PlanID: Terms] {
    let plans = (catalog?.plans ?? []).map { ($0.id, Terms(baseFee: $0.baseFee, isDefault: $0.isDefault)) }
    return Dictionary(plans) { first, _ in first }
  }

  private static func rates(_ catalog: Catalog?) -> [RateKey: Rate] {
    let rates = (catalog?.plans ?? []).flatMap { plan in
      plan.rates.map { (RateKey(plan: plan.id, metric: $0.metric, effectiveFrom: $0.effectiveFrom), $0) }
    }
    return Dictionary(rates) { first, _ in first }
  }

  private static func kinds(_ catalog: Catalog?) -> [ChargeKind: Bool] {
    Dictionary((catalog?.chargeKinds ?? []).map { ($0, catalog?.kindsBilledAtOnce.contains($0) ?? false) }) {
      first, _ in first
    }
  }

  private struct Changes {
    let added: Int
    let removed: Int
    let changed: Int

    init<Key: Hashable, Part: Equatable>(_ old: [Key: Part], _ new: [Key: Part]) {
      added = new.keys.count { old[$0] == nil }
      removed = old.keys.count { new[$0] == nil }
      changed = old.count { key, part in new[key].map { $0 != part } ?? false }
    }

    /// Only what is not nothing.
    func tell(
      _ additions: StaticString, _ removals: StaticString, _ others: StaticString, _ facts: inout AuditFacts
    ) {
      for (name, count) in [(additions, added), (removals, removed), (others, changed)] where count > 0 {
        facts.set(name, count)
      }
    }
  }
}
