import Billing

/// One thing that a person did, as the log is to tell it.
///
///     AuditAct(.outboxPaused, company: id)
///     AuditAct(.usageVoided, company: id) { $0.set("quantity", quantity) }
public struct AuditAct: Sendable {
  /// An act whose effect is outside of the database, where no transaction reaches, has two rows: one before, without
  /// which it is not begun, and one of what came of it. The second is missing where the program died in between.
  public enum Stage: Sendable {
    case begun
    case ended

    fileprivate var word: StaticString { self == .begun ? "begun" : "ended" }
  }

  public let action: AuditAction
  /// Whom it is about; `nil` for all, or none.
  public let company: CompanyID?
  public let facts: AuditFacts

  public init(
    _ action: AuditAction, company: CompanyID? = nil, stage: Stage? = nil,
    _ describe: (inout AuditFacts) -> Void = { _ in }
  ) {
    self.action = action
    self.company = company
    var facts = AuditFacts()
    if let stage { facts.set("stage", stage.word) }
    describe(&facts)
    self.facts = facts
  }
}
