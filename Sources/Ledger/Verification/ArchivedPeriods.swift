import Billing

/// Billing periods of which some records are archived, and which the ledger can therefore not be held against.
public struct ArchivedPeriods: Sendable, Equatable {
  /// How many are named.
  private static let most = 100

  public private(set) var count = 0
  /// The first hundred of them, by company.
  public private(set) var named: [VerificationScope.Period] = []
  /// The months whose records are archived, in order.
  public internal(set) var months: [CivilDate] = []

  mutating func add(_ periods: [VerificationScope.Period]) {
    count += periods.count
    named += periods.prefix(max(0, Self.most - named.count))
  }
}
