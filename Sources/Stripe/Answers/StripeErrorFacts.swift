import JSON

/// What is known of an error that Stripe answered. Stripe's texts may quote what was sent, or more: they are read here
/// for what they tell, and never kept.
public struct StripeErrorFacts: Hashable, Sendable {
  public enum Code: String, Hashable, Sendable, CaseIterable {
    case archivedMeter = "archived_meter"
    case idempotencyKeyInUse = "idempotency_key_in_use"
    case invoiceNotEditable = "invoice_not_editable"
    case lockTimeout = "lock_timeout"
    case noMeter = "no_meter"
    case rateLimit = "rate_limit"
    case resourceMissing = "resource_missing"
    case sessionExpired = "billing_meter_event_session_expired"
    case timestampInFuture = "timestamp_in_future"
    case timestampTooFarInPast = "timestamp_too_far_in_past"
    case invalidValue = "meter_event_invalid_value"
    case tooManyDigits = "meter_event_value_too_many_digits"
    case customerNotFound = "meter_event_customer_not_found"
    case noCustomerDefined = "meter_event_no_customer_defined"
    /// One without a meaning of its own here.
    case other
  }

  /// What the parameter named by the error stands for.
  public enum Parameter: Hashable, Sendable { case customer, invoice, timestamp, other }

  public let code: Code?
  public let parameter: Parameter?
  /// `type` is `idempotency_error`: the key was used with other parameters.
  public let isIdempotencyError: Bool
  /// The token of a v2 session is over.
  public let isExpiredSession: Bool
  /// "An event already exists with identifier …": it was delivered.
  public let isRepeatedIdentifier: Bool

  /// `nil` when the value is no error object.
  init?(_ value: JSONValue?) {
    guard let value, case .object = value else { return nil }
    let type = value["type"]?.text
    let code = value["code"]?.text
    let message = value["message"]?.text ?? ""
    let parameter = (value["param"] ?? value["invalid_param"])?.text.map(Self.parameter)
    self.code = code.flatMap { Code(rawValue: $0) } ?? Self.code(message, parameter) ?? code.map { _ in .other }
    self.parameter = parameter
    isIdempotencyError = type == "idempotency_error" || code == "idempotency_error"
    isExpiredSession = type == "temporary_session_expired" || self.code == .sessionExpired
    isRepeatedIdentifier = message.contains("already exists with identifier")
  }

  /// Meter events are refused without a code in places; the beginning of the message tells them apart.
  private static func code(_ message: String, _ parameter: Parameter?) -> Code? {
    if message.hasPrefix("No active meter") || message.hasPrefix("No such meter") { return .noMeter }
    if message.hasPrefix("No such customer") { return .customerNotFound }
    guard parameter == .timestamp else { return nil }
    return message.contains("future") ? .timestampInFuture : .timestampTooFarInPast
  }

  private static func parameter(_ name: String) -> Parameter {
    switch name {
    case "customer", "payload[stripe_customer_id]", "stripe_customer_id": .customer
    case "invoice": .invoice
    case "timestamp": .timestamp
    default: .other
    }
  }
}
