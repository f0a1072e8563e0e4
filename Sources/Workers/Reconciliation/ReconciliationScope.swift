import Billing

/// What is compared.
public struct ReconciliationScope: Sendable {
  public enum Periods: Sendable {
    /// The one that holds this day, and the one before it; with them every invoice item made since.
    case currentAndPrevious(CivilDate)
    /// The one that holds this day, and the invoice items for it.
    case containing(CivilDate)
  }

  public let periods: Periods
  /// `nil`: every company that Stripe is told of.
  public let company: CompanyID?

  public init(_ periods: Periods, of company: CompanyID? = nil) {
    self.periods = periods
    self.company = company
  }

  var day: CivilDate {
    switch periods {
    case .currentAndPrevious(let day), .containing(let day): day
    }
  }

  /// How many periods, from that of the day backwards.
  var count: Int {
    switch periods {
    case .currentAndPrevious: 2
    case .containing: 1
    }
  }

  /// Whether an item for a period that begins on this day is to be compared.
  func includes(itemOf start: CivilDate?, in periods: [BillingPeriod]) -> Bool {
    guard case .containing = self.periods else { return true }
    return periods.contains { $0.start == start }
  }
}
