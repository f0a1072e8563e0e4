/// What usage costs. The only place where a quantity becomes money, for invoices, reports and threshold messages alike.
public enum Pricing {
  /// The price of a period's whole `total`. Rounded once, so price a line's total, never its records one by one.
  ///
  /// - Throws: `MoneyError.overflow` when the amount is beyond 128 bits, `.unitSizeNotPositive` and `.unsupportedModel`
  ///   for rates that no checked catalog contains.
  public static func cost(
    of total: Quantity, at rate: EffectiveRate, currency: Currency
  ) throws(MoneyError) -> PricedQuantity {
    let billable = try billable(total, included: rate.pricing.included)
    switch rate.pricing.model {
    case .perUnit:
      let amount = try Amount(
        quantity: billable, price: rate.pricing.unitPrice, unitSize: rate.pricing.unitSize, currency: currency)
      return PricedQuantity(billable: billable, amount: amount)
    case .package, .graduated, .volume:
      throw .unsupportedModel(rate.pricing.model)
    }
  }

  /// Whether `cost` knows the model; the catalog refuses what it does not.
  static func supports(_ model: PriceModel) -> Bool { model == .perUnit }

  /// A total below the quota leaves nothing to pay for, and the rest of the quota is no credit.
  private static func billable(_ total: Quantity, included: Quantity) throws(MoneyError) -> Quantity {
    guard total > included else { return .zero }
    let (units, overflow) = total.units.subtractingReportingOverflow(included.units)
    guard !overflow else { throw .overflow }
    return Quantity(units: units)
  }
}
