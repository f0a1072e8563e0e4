import Audit
import Billing

extension CompanyStatus: AuditValue {
  public var auditText: String { rawValue }
}

extension StripeMode: AuditValue {
  public var auditText: String { rawValue }
}

extension AuditAct {
  /// A company's change: which fields were given, and the values of those that are words and numbers of ours. A name, and
  /// what Stripe calls the company, are text that somebody typed.
  static func companySet(
    _ id: CompanyID, _ changes: CompanyChanges, _ terms: CompanyTerms, isRegistration: Bool
  ) -> AuditAct {
    AuditAct(.companySet, company: id) {
      $0.set("registered", isRegistration)
      $0.set("fields", list: changes.fields)
      if isRegistration || changes.plan != nil {
        $0.set("plan", terms.plan.id)
        $0.set("currency", terms.plan.currency)
      }
      $0.set("anchorDay", changes.anchorDay?.day)
      $0.set("status", changes.status)
      $0.set("joined", changes.joined?.date)
      $0.set("left", changes.left?.date)
      $0.set("stripeSubscriptionStart", changes.stripeSubscriptionStart)
      $0.set("stripeMode", changes.stripeMode)
      guard !terms.rates.isEmpty else { return }
      $0.set("rates", each: terms.rates) { rate, facts in
        facts.set("metric", rate.metric)
        facts.set("effectiveFrom", rate.effectiveFrom)
        facts.set("unitPrice", rate.unitPrice)
        facts.set("included", rate.included)
        facts.set("threshold", rate.threshold)
        if let levels = rate.levels { facts.set("levels", list: levels) }
      }
    }
  }
}

extension CompanyChanges {
  /// The names of what is to change.
  fileprivate var fields: [StaticString] {
    let given: [(StaticString, Bool)] = [
      ("name", displayName != nil), ("plan", plan != nil), ("currency", currency != nil),
      ("anchorDay", anchorDay != nil), ("status", status != nil), ("joined", joined != nil), ("left", left != nil),
      ("stripeCustomer", stripeCustomer != nil),
      ("stripeSubscription", stripeSubscription != nil), ("stripeSubscriptionStart", stripeSubscriptionStart != nil),
      ("stripeMode", stripeMode != nil), ("rates", !rates.isEmpty),
    ]
    return given.filter(\.1).map(\.0)
  }
}
