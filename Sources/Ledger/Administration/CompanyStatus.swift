/// Where a company stands with its operator.
public enum CompanyStatus: String, Sendable, CaseIterable {
  case active, trialing, paused, cancelled
  case pastDue = "past_due"
}

/// What becomes of a company's Stripe entries.
public enum StripeMode: String, Sendable, CaseIterable {
  /// None are written.
  case off
  /// Written, not sent.
  case shadow
  case live
}
