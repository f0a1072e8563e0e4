import Billing

/// What is to change about a company; what is `nil` stays.
public struct CompanyChanges: Sendable {
  /// What becomes of one field of an override.
  public enum Field<Value: Sendable>: Sendable {
    /// As in the version before.
    case keep
    /// The plan's from now on.
    case plan
    case value(Value)

    func applied(to before: Value?) -> Value? {
      switch self {
      case .keep: before
      case .plan: nil
      case .value(let value): value
      }
    }
  }

  /// A day, or none from now on.
  public enum Day: Sendable {
    case day(CivilDate)
    case never

    var date: CivilDate? {
      if case .day(let date) = self { return date }
      return nil
    }
  }

  /// A new version of a company's own rate for a metric.
  public struct Rate: Sendable {
    public let metric: MetricName
    public var unitPrice = Field<Price>.keep
    public var included = Field<Quantity>.keep
    public var threshold = Field<Quantity>.keep
    public var levels = Field<[Quantity]>.keep

    /// Keeps every field.
    public init(metric: MetricName) { self.metric = metric }
  }

  public var displayName: String?
  public var plan: PlanID?
  /// Has to be the plan's; naming it guards against the wrong plan.
  public var currency: Currency?
  public var anchorDay: AnchorDay?
  public var status: CompanyStatus?
  /// The first day that the base fee is owed for; none: all of its first billing period.
  public var joined: Day?
  /// The first day that it is no longer owed for. Without it a company that is cancelled has left today, unless it has
  /// before, and one that is no longer cancelled has not.
  public var left: Day?
  public var stripeCustomer: String?
  public var stripeSubscription: String?
  public var stripeMode: StripeMode?
  /// The first day of a billing period; the subscription bills from that period on. Without it a new subscription bills
  /// from the current period on.
  public var stripeSubscriptionStart: CivilDate?
  /// Reports begin with the period that holds this day. Without it they begin with the period in which `stripeMode`
  /// first leaves `off`.
  public var stripeSince: CivilDate?
  public var rates: [Rate] = []

  /// Nothing changes; registers a company that is not.
  public init() {}

  /// Rules that the texts break, whatever the company.
  var mistakes: [String] {
    var mistakes: [String] = []
    if let displayName, !(1...200).contains(displayName.unicodeScalars.count) || Self.hasControl(displayName) {
      mistakes.append("the name must be 1 to 200 characters, none a control character")
    }
    if let stripeCustomer, !Self.isStripeID(stripeCustomer, prefix: "cus_") {
      mistakes.append("the Stripe customer must be cus_ and up to 255 letters, digits or underscores")
    }
    if let stripeSubscription, !Self.isStripeID(stripeSubscription, prefix: "sub_") {
      mistakes.append("the Stripe subscription must be sub_ and up to 255 letters, digits or underscores")
    }
    let metrics = rates.map(\.metric)
    for metric in Set(metrics).sorted() where metrics.count(where: { $0 == metric }) > 1 {
      mistakes.append("the rate of \(metric) is given more than once")
    }
    return mistakes
  }

  private static func hasControl(_ text: String) -> Bool {
    text.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  private static func isStripeID(_ text: String, prefix: String) -> Bool {
    let rest = text.dropFirst(prefix.count)
    return text.hasPrefix(prefix) && (1...255).contains(rest.utf8.count)
      && rest.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
