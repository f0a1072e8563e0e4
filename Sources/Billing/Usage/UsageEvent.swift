/// What a usage message asks for.
public enum UsageEvent: Sendable {
  case recorded(RecordedUsage)
  /// Rare, and large: kept aside, so that an event is one word.
  indirect case voided(VoidedUsage)

  public var usageID: UsageID {
    switch self {
    case .recorded(let usage): usage.usageID
    case .voided(let usage): usage.usageID
    }
  }

  public var companyID: CompanyID {
    switch self {
    case .recorded(let usage): usage.companyID
    case .voided(let usage): usage.companyID
    }
  }

  public var timestamp: Instant {
    switch self {
    case .recorded(let usage): usage.timestamp
    case .voided(let usage): usage.timestamp
    }
  }
}
