import Billing

/// What invoices come to, each currency by itself.
public struct AmountsByCurrency: Hashable, Sendable {
  private var sums: [Currency: Amount] = [:]

  public init() {}

  /// In the order of the currencies' codes.
  public var all: [Amount] { sums.values.sorted { $0.currency.code < $1.currency.code } }

  public func adding(_ other: AmountsByCurrency) -> AmountsByCurrency {
    var sum = self
    sum.add(other)
    return sum
  }

  /// What cannot be added up any more is left out here: each invoice has its own row.
  mutating func add(_ amount: Amount) {
    let sum = sums[amount.currency] ?? .zero(amount.currency)
    sums[amount.currency] = (try? sum.adding(amount)) ?? sum
  }

  mutating func add(_ other: AmountsByCurrency) {
    for amount in other.sums.values { add(amount) }
  }
}
