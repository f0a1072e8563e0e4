import Billing
import Outbox

/// An invoice that is about to be written, with its lines.
struct InvoiceDraft {
  enum Kind: String {
    case period
    case oneOff = "one_off"
    case setupFee = "setup_fee"
    case orders
  }

  /// Which way Stripe gets it.
  enum Route: String {
    /// As the draft that Stripe makes for the company's subscription.
    case subscription = "s"
    /// As one that we create.
    case created = "c"
    /// Not at all.
    case unsent = "n"
  }

  let company: CompanyID
  let kind: Kind
  let route: Route
  let period: BillingPeriod
  let lines: [LineDraft]
  /// The sum of the lines.
  let total: Amount

  var currency: Currency { total.currency }

  /// The charges that are on it.
  var charges: [(company: CompanyID, number: Int64)] { lines.compactMap(\.chargeNumber).map { (company, $0) } }

  /// - Throws: `tooLarge` when the lines cannot be added up, or one is more than Stripe can be told.
  init(
    company: CompanyID, kind: Kind, route: Route, period: BillingPeriod, currency: Currency, lines: [LineDraft]
  ) throws(InvoiceFailure) {
    self.company = company
    self.kind = kind
    self.period = period
    self.lines = lines
    self.route = route
    do {
      total = try Amount.sum(lines.map(\.amount), currency: currency)
    } catch {
      throw .tooLarge
    }
    guard lines.allSatisfy({ $0.item.map { Int64(exactly: $0.minorUnits) != nil } ?? true }) else { throw .tooLarge }
  }
}

/// A line of an invoice that is about to be written.
struct LineDraft {
  enum Route: String {
    /// By the metric's meter, or an item of its report.
    case meter = "m"
    /// The subscription's own price.
    case subscription = "s"
    /// As an invoice item of the line's own.
    case item = "i"
    /// Not at all, or it comes to nothing.
    case unsent = "n"
  }

  enum Content {
    case baseFee(days: Int)
    case usage(UsageLine)
    case charge(ChargeKind, number: Int64)
  }

  let content: Content
  /// Of whose prices.
  let period: BillingPeriod
  let amount: Amount
  let route: Route
  /// What an invoice item has to bring; `nil`: there is none.
  let item: Amount?

  /// - Parameter item: where it is not the amount itself that an item brings.
  init(_ content: Content, period: BillingPeriod, amount: Amount, route: Route, item: Amount? = nil) {
    self.content = content
    self.period = period
    self.amount = amount
    let item = route == .item ? amount : item
    self.item = item?.minorUnits == 0 ? nil : item
    self.route = route == .item && self.item == nil ? .unsent : route
  }

  var kind: String {
    switch content {
    case .baseFee: "base_fee"
    case .usage(let usage): usage.isLate ? "late" : "usage"
    case .charge: "charge"
    }
  }

  var usage: UsageLine? {
    if case .usage(let usage) = content { return usage }
    return nil
  }

  var chargeNumber: Int64? {
    if case .charge(_, let number) = content { return number }
    return nil
  }

  /// What its item says that it is for.
  var purpose: InvoiceLine {
    switch content {
    case .baseFee: .baseFee(period)
    case .usage(let usage) where usage.isLate: .late(usage.key.metric, usage.quantity, period)
    case .usage(let usage): .usage(usage.key.metric, usage.quantity, period)
    case .charge(let kind, let number): .charge(kind, number: number)
    }
  }
}

/// The next line of a total.
struct UsageLine {
  let key: MeterKey
  /// The total's.
  let period: BillingPeriod
  /// Written after its period's close.
  let isLate: Bool
  let quantity: Quantity
  let amount: Amount
  /// What stood on lines before it, and stands with it.
  let before: ChargedTotal
  let after: ChargedTotal
  /// Which of the total's lines it is, from 1 on.
  let number: Int16
  let rate: EffectiveRate

  /// - Throws: `tooLarge`.
  init(
    _ key: MeterKey, of period: BillingPeriod, isLate: Bool, before: ChargedTotal, total: Quantity, number: Int16,
    rate: EffectiveRate
  ) throws(InvoiceFailure) {
    var after = before
    do {
      (quantity, amount) = try after.charge(upTo: total, at: rate)
    } catch {
      throw .tooLarge
    }
    self.key = key
    self.period = period
    self.isLate = isLate
    self.before = before
    self.after = after
    self.number = number
    self.rate = rate
  }
}

/// Why an invoice cannot be written. Trying again cannot help before somebody changes something.
enum InvoiceFailure: Error {
  case tooLarge
  /// The catalog lacks the period's plan.
  case noPlan
}
