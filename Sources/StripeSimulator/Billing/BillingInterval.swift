/// How often a recurring price is billed.
enum BillingInterval: String, Sendable, CaseIterable {
  case day, week, month, year

  /// How many there may be to a period: three years at most.
  var largestCount: Int {
    switch self {
    case .day: 1095
    case .week: 156
    case .month: 36
    case .year: 3
    }
  }
}
