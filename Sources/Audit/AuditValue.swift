import Billing

/// What may stand in the audit log, which keeps it for ever.
///
/// Conforming is a decision that the value can never be, or hold, text of a message or of a person: a patient's name, a
/// reason that somebody typed, a usage id, a pseudonym, a surrogate. That is why `String` does not conform and must not be
/// made to.
public protocol AuditValue: Sendable {
  /// The value for whoever reads the log.
  var auditText: String { get }
  /// Whether `auditText` is a JSON number, to be written without quotation marks.
  static var isNumberInAudit: Bool { get }
}

extension AuditValue {
  public static var isNumberInAudit: Bool { false }
}

/// Text of this program.
extension StaticString: AuditValue {
  public var auditText: String { description }
}

extension Int: AuditValue {
  public var auditText: String { String(self) }
  public static var isNumberInAudit: Bool { true }
}

extension Int64: AuditValue {
  public var auditText: String { String(self) }
  public static var isNumberInAudit: Bool { true }
}

/// In quotation marks: readers of JSON may take a number for binary floating point.
extension Quantity: AuditValue {
  public var auditText: String { description }
}

/// Without its currency, which is told beside it.
extension Amount: AuditValue {
  public var auditText: String { description }
}

extension Price: AuditValue {
  public var auditText: String { description }
}

/// `2025-01-31`.
extension CivilDate: AuditValue {
  public var auditText: String { description }
}

extension Instant: AuditValue {
  public var auditText: String { description }
}

extension Currency: AuditValue {
  public var auditText: String { code }
}

extension MetricName: AuditValue {
  public var auditText: String { text }
}

extension PlanID: AuditValue {
  public var auditText: String { text }
}
