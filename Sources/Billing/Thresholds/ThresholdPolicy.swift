/// When subscribers are warned: a quantity per period, and the shares of it that are announced.
public struct ThresholdPolicy: Hashable, Sendable {
  public let threshold: Quantity
  /// Shares of the threshold: 0.8 and 1.
  public let levels: [Quantity]

  public init(threshold: Quantity, levels: [Quantity]) {
    self.threshold = threshold
    self.levels = levels
  }

  /// The levels that `total` has reached and nobody was told of yet, lowest first: all that one batch jumped over.
  ///
  /// - Parameter announced: the levels announced for the same company, metric, period and this very threshold.
  public func due(total: Quantity, announced: Set<Quantity> = []) -> [Quantity] {
    pending(announced).filter { total >= $0.reachedAt }.map(\.level)
  }

  /// The smallest total at which a level not yet announced is due: below it there is nothing to look up or to lock.
  /// `nil` when no total can make one due any more.
  public func nextDueQuantity(announced: Set<Quantity> = []) -> Quantity? {
    pending(announced).first?.reachedAt
  }

  /// Lowest first, each level once, without those that no total can reach.
  private func pending(_ announced: Set<Quantity>) -> [(level: Quantity, reachedAt: Quantity)] {
    Set(levels).subtracting(announced).sorted().compactMap { level in
      quantity(reaching: level).map { (level, $0) }
    }
  }

  /// The smallest total that is at least level × threshold, exactly; `nil` when a quantity cannot be that large, or the
  /// policy is none by the catalog's rules.
  private func quantity(reaching level: Quantity) -> Quantity? {
    guard level > .zero, threshold > .zero,
      let (quotient, remainder) = WideInteger(level.units, times: threshold.units).magnitudeDivided(
        by: Quantity.unitsPerOne.magnitude),
      let units = Int128(exactly: quotient)
    else { return nil }
    guard remainder > 0 else { return Quantity(units: units) }
    let (raised, overflow) = units.addingReportingOverflow(1)
    return overflow ? nil : Quantity(units: raised)
  }
}
