import Billing
import Outbox

/// What may stand in a text that is sent to Stripe.
///
/// Conforming is a decision that the value can never be, or hold, text from a message: a patient's name, a free-text
/// reason, an identifier of a person. That is why `String` does not conform and must not be made to. Company ids conform:
/// only registered companies have entries, and registering refuses ids that look like personal data.
public protocol Outbound {
  /// The value as Stripe is to read it.
  var outboundText: String { get }
}

/// Text of this program.
extension StaticString: Outbound {
  public var outboundText: String { description }
}

extension Bool: Outbound {
  public var outboundText: String { self ? "true" : "false" }
}

extension Int: Outbound {
  public var outboundText: String { String(self) }
}

extension Int64: Outbound {
  public var outboundText: String { String(self) }
}

extension Quantity: Outbound {
  public var outboundText: String { description }
}

extension Currency: Outbound {
  public var outboundText: String { code }
}

/// `2025-01-31`.
extension CivilDate: Outbound {
  public var outboundText: String { description }
}

/// `2025-01-31T12:00:00Z`.
extension Instant: Outbound {
  public var outboundText: String { description }
}

extension CompanyID: Outbound {
  public var outboundText: String { text }
}

extension MetricName: Outbound {
  public var outboundText: String { text }
}

extension PlanID: Outbound {
  public var outboundText: String { text }
}

extension ChargeKind: Outbound {
  public var outboundText: String { text }
}

extension InvoiceNumber: Outbound {
  public var outboundText: String { description }
}

extension EntryID: Outbound {
  public var outboundText: String { description }
}

/// What Stripe named it, told back.
extension RemoteID: Outbound {
  public var outboundText: String { text }
}
