import Billing
import Outbox

/// What Stripe was told of one total: a company's metric in a billing period.
///
/// Every unit of the total stands on one of two sides: told to the meter, or on invoice items. Stripe prices the meter's
/// side alone, from the first unit and with the whole quota; the items are owed the rest of what the total costs. So
/// after every item
///
///     price(reported) + itemizedAmount = price(reported + itemized)
///
/// whatever the price model, the quota, and the order in which quantities came to either side.
struct MeterAccount: Hashable, Sendable {
  /// By meter events, without those that were converted.
  var reported = Quantity.zero
  /// By invoice items.
  var itemized = Quantity.zero
  /// What those items came to.
  var itemizedAmount: Amount
  /// In which the latest meter event stands. Later ones stand in later minutes, so each has its own.
  var lastMinute: Instant?

  init(currency: Currency) { itemizedAmount = .zero(currency) }

  /// What nobody was told of yet.
  func untold(of total: Quantity) -> Quantity { total - reported - itemized }

  /// Takes as much of the untold as one meter event can carry.
  ///
  /// - Parameter minute: the event's timestamp; later than `lastMinute`.
  /// - Returns: the event's value; `nil` when nothing is untold.
  mutating func report(total: Quantity, minute: Instant) -> Quantity? {
    let value = MeterEvent.part(of: untold(of: total))
    guard value != .zero else { return nil }
    reported += value
    lastMinute = minute
    return value
  }

  /// Moves a quantity from the meter's side to the items': its event did not reach the meter and never will.
  ///
  /// - Returns: the amount of the item for it; it may be zero, or negative.
  mutating func convert(_ quantity: Quantity, at rate: EffectiveRate) throws(MoneyError) -> Amount {
    reported = reported - quantity
    return try itemize(quantity, at: rate)
  }

  /// Puts a quantity on the items' side.
  ///
  /// - Returns: the amount of the item for it; it may be zero, or negative.
  mutating func itemize(_ quantity: Quantity, at rate: EffectiveRate) throws(MoneyError) -> Amount {
    let currency = itemizedAmount.currency
    let told = try Pricing.cost(of: reported, at: rate, currency: currency).amount
    let whole = try Pricing.cost(of: reported + itemized + quantity, at: rate, currency: currency).amount
    let owed = try whole.subtracting(told)
    let item = try owed.subtracting(itemizedAmount)
    itemized += quantity
    itemizedAmount = owed
    return item
  }
}
