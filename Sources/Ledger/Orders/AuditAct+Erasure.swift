import Audit
import Billing

extension AuditAct {
  /// Somebody was forgotten: how much of them there was, and not a word that could tell who.
  static func personErased(_ company: CompanyID, _ report: SubjectErasure.Report) -> AuditAct {
    AuditAct(.personErased, company: company) {
      $0.set("mappings", Int64(report.mappings))
      $0.set("records", report.records)
    }
  }
}
