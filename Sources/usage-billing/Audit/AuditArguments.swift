import Audit
import Billing

extension ParsedArguments {
  /// Which rows are asked for.
  func auditQuestion() throws(UsageError) -> AuditReader.Question {
    var question = AuditReader.Question()
    question.since = try value("since", "a day or an instant, in UTC: 2025-01-31 or 2025-01-31T12:00:00Z") { text in
      CivilDate(text)?.start ?? Instant(text)
    }
    question.action = try value("action", "one of \(AuditAction.list)") { AuditAction(rawValue: $0) }
    question.company = try companyOption()
    return question
  }
}

extension AuditAction {
  static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
