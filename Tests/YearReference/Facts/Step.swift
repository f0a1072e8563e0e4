/// What happened, in this order, each brought to its end before the next: then what is billed follows from it.
public enum Step: Sendable {
  /// Messages that were committed together.
  case published([Message], at: Moment)
  case company(String, CompanyChange, at: Moment)
  case catalog(Catalog, at: Moment)
  /// Patients were renewed.
  case renewed(at: Moment)
  /// One-off charges that do not wait for their period's end were billed.
  case chargesBilled(at: Moment)
  /// Periods past their grace were closed.
  case closed(at: Moment)

  public var at: Moment {
    switch self {
    case .published(_, let at), .company(_, _, let at), .catalog(_, let at), .renewed(let at), .chargesBilled(let at),
      .closed(let at):
      at
    }
  }
}

/// Registers a company that is not, and changes what is named.
public struct CompanyChange: Sendable {
  public struct Rate: Sendable {
    public let metric: String
    /// `nil`: as before.
    public let price: String?
    public let included: String?

    public init(_ metric: String, price: String? = nil, included: String? = nil) {
      self.metric = metric
      self.price = price
      self.included = included
    }
  }

  public var plan: String?
  public var anchor: Int?
  public var joined: Day?
  public var left: Day?
  public var rates: [Rate] = []

  public init() {}
}
