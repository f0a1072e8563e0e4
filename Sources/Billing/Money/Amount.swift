/// A sum of money: a whole number of a currency's minor unit. What stands on a line, an invoice, a charge.
public struct Amount: Hashable, Sendable, CustomStringConvertible {
  /// Cents for usd, yen for jpy, fils for kwd.
  public let minorUnits: Int128
  public let currency: Currency

  public init(minorUnits: Int128, currency: Currency) {
    self.minorUnits = minorUnits
    self.currency = currency
  }

  public static func zero(_ currency: Currency) -> Amount { Amount(minorUnits: 0, currency: currency) }

  /// Reads a decimal's digits exactly; more decimals than the currency has are refused, not rounded.
  public static func parse(_ text: Span<UInt8>, currency: Currency) throws(DecimalText.Problem) -> Amount {
    let units = try DecimalText.parse(text, scale: currency.minorDigits, maximumIntegerDigits: 29)
    return Amount(minorUnits: units, currency: currency)
  }

  /// Reads a decimal written by people or programs; `nil` when it is not one, or has more decimals than the currency.
  public init?(_ text: String, currency: Currency) {
    let bytes = Array(text.utf8)
    guard let amount = try? Self.parse(bytes.span, currency: currency) else { return nil }
    self = amount
  }

  /// The number alone, with exactly the currency's decimals: `199.00`, `1200` for jpy.
  public var description: String {
    DecimalText.format(minorUnits, scale: currency.minorDigits, minimumDecimals: currency.minorDigits)
  }

  public func adding(_ other: Amount) throws(MoneyError) -> Amount {
    try combining(other) { $0.addingReportingOverflow($1) }
  }

  public func subtracting(_ other: Amount) throws(MoneyError) -> Amount {
    try combining(other) { $0.subtractingReportingOverflow($1) }
  }

  /// The sum of `amounts`, 0 when there are none; every one must be in `currency`.
  public static func sum(_ amounts: some Sequence<Amount>, currency: Currency) throws(MoneyError) -> Amount {
    var sum = zero(currency)
    for amount in amounts { sum = try sum.adding(amount) }
    return sum
  }

  private func combining(
    _ other: Amount, _ operation: (Int128, Int128) -> (partialValue: Int128, overflow: Bool)
  ) throws(MoneyError) -> Amount {
    guard currency == other.currency else { throw .currencyMismatch(currency, other.currency) }
    let (units, overflow) = operation(minorUnits, other.minorUnits)
    guard !overflow else { throw .overflow }
    return Amount(minorUnits: units, currency: currency)
  }
}
