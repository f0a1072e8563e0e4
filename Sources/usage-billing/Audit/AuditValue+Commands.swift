import Audit
import Messages
import Outbox
import Stripe

// What else of the commands may stand in the audit log. Nothing here holds text of a message or of a person.

/// Made by this product.
extension EntryID: AuditValue {
  public var auditText: String { description }
}

extension StripeSubscriber.Change: AuditValue {
  public var auditText: String { rawValue }
}

/// A reason for dead letters, of this product's words or of the broker's.
struct KnownReason: AuditValue {
  private static let brokers: Set<String> = ["rejected", "expired", "delivery_limit", "maxlen", "unknown"]

  let auditText: String

  /// `nil` for another text, which somebody typed.
  init?(_ text: String) {
    guard BadMessage.Reason(rawValue: text) != nil || Self.brokers.contains(text) else { return nil }
    auditText = text
  }
}
