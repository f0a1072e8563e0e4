/// Sequences that are claimed apart: what Stripe takes at 25 a second must not fill the hands of those who send a
/// thousand.
public enum ClaimClass: String, Hashable, Sendable, CaseIterable {
  /// Meter events.
  case meters
  /// Customers, invoice items and invoices.
  case others

  var code: String {
    switch self {
    case .meters: "m"
    case .others: "o"
    }
  }
}

extension OrderingKey {
  public var claimClass: ClaimClass {
    switch self {
    case .meter: .meters
    case .customer, .items: .others
    }
  }
}
