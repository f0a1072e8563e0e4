/// How much of a total stands on invoice lines.
///
/// A line is the price of the total as it is now less what its former lines come to. So the lines of a total, however
/// many, add up to its price: with one quota, from the first tier on, and rounded as one.
public struct ChargedTotal: Hashable, Sendable {
  /// The total as its last line left it.
  public private(set) var quantity: Quantity
  /// What all its lines come to.
  public private(set) var amount: Amount

  public init(quantity: Quantity, amount: Amount) {
    self.quantity = quantity
    self.amount = amount
  }

  /// Of a total without a line.
  public init(currency: Currency) { self.init(quantity: .zero, amount: .zero(currency)) }

  /// Takes the next line up.
  ///
  /// - Parameter total: as it is now; it may have fallen.
  /// - Returns: the line's quantity and amount; both may be negative.
  public mutating func charge(
    upTo total: Quantity, at rate: EffectiveRate
  ) throws(MoneyError) -> (quantity: Quantity, amount: Amount) {
    let whole = try Pricing.cost(of: total, at: rate, currency: amount.currency).amount
    let line = (quantity: total - quantity, amount: try whole.subtracting(amount))
    (quantity, amount) = (total, whole)
    return line
  }

  /// What parts of the next line come to, one on top of the other: each rounded where it ends, so that together they are
  /// the line to the last minor unit.
  ///
  /// - Parameter quantities: of the parts, which are the line's.
  public func parts(_ quantities: [Quantity], at rate: EffectiveRate) throws(MoneyError) -> [Amount] {
    var charged = self
    var amounts: [Amount] = []
    for quantity in quantities {
      amounts.append(try charged.charge(upTo: charged.quantity + quantity, at: rate).amount)
    }
    return amounts
  }
}
