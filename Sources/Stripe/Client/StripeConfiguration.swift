/// Where Stripe is and how it is spoken to.
public struct StripeConfiguration: Sendable {
  public static let defaultAPIBase = "https://api.stripe.com"
  public static let defaultMeterEventsBase = "https://meter-events.stripe.com"
  /// The version whose parameters and answers this program is written for.
  public static let defaultAPIVersion = "2026-10-28.endive"

  public let secretKey: StripeKey
  /// Without a slash at the end.
  public let apiBase: String
  public let meterEventsBase: String
  /// `Stripe-Version` of every request.
  public let apiVersion: String
  /// From submission to the last byte of the answer. A lease must be longer.
  public let timeout: Duration

  public init(
    secretKey: StripeKey, apiBase: String = defaultAPIBase, meterEventsBase: String = defaultMeterEventsBase,
    apiVersion: String = defaultAPIVersion, timeout: Duration = .seconds(30)
  ) {
    self.secretKey = secretKey
    self.apiBase = Self.withoutSlash(apiBase)
    self.meterEventsBase = Self.withoutSlash(meterEventsBase)
    self.apiVersion = apiVersion
    self.timeout = timeout
  }

  private static func withoutSlash(_ base: String) -> String {
    String(base.reversed().drop { $0 == "/" }.reversed())
  }
}
