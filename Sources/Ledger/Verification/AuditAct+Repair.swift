import Audit
import Billing

extension AuditAct {
  /// A total that was computed anew, and what it said. Whose record is the last of a `last` metric is not told: that is
  /// text of a message.
  static func totalRepaired(
    _ company: CompanyID, _ table: Difference.Table, _ metric: MetricName, start: CivilDate,
    before: Difference.Figures?, after: Difference.Figures, subjects: Int64
  ) -> AuditAct {
    AuditAct(.totalRepaired, company: company) {
      $0.set("metric", metric)
      switch table {
      case .daily: $0.set("day", start)
      case .periods: $0.set("periodStart", start)
      }
      $0.set("quantityBefore", before?.quantity)
      $0.set("eventsBefore", before?.events)
      $0.set("quantityAfter", after.quantity)
      $0.set("eventsAfter", after.events)
      if subjects > 0 { $0.set("subjectRows", subjects) }
    }
  }
}
