import Billing
import Outbox

/// What is done about one total. Pure: what is known goes in, what is to be written comes out.
struct MeterReportPlan {
  /// An entry to be written.
  struct Owed: Hashable {
    let effect: Effect
    let sendBefore: Instant?
  }

  private(set) var account: MeterAccount
  private(set) var owed: [Owed] = []
  /// The place in `owed` of the item that the overdue events became; `nil` when they came to nothing, or there are none.
  private(set) var conversion: Int?
  private(set) var convertsOverdue = false
  /// Whether a part of an ended period's total is left to a later pass, or to the next close.
  private(set) var isWaiting = false

  private let metric: MetricName
  private let rate: EffectiveRate
  private let period: BillingPeriod
  private let invoice: InvoiceNumber?

  /// What a pass of the meter reports does.
  ///
  /// - Parameters:
  ///   - account: of a locked row.
  ///   - total: read after the row was locked.
  ///   - overdue: what meter events for the total can no longer bring to the meter, one value each.
  ///   - rate: what prices the total; billed by a meter, unless only overdue events are to be converted.
  ///   - canConvert: whether overdue events may become items; see `MeterReportTable.ReportedCompany`.
  init(
    _ metric: MetricName, account: MeterAccount, total: Quantity, overdue: [Quantity], rate: EffectiveRate,
    window: MeterWindow, canConvert: Bool, now: Instant
  ) throws(MeterReportFailure) {
    self.metric = metric
    self.account = account
    self.rate = rate
    period = window.period
    invoice = nil
    if !overdue.isEmpty, canConvert, window.isOver(at: now) { try convert(overdue) }
    let untold = self.account.untold(of: total)
    guard untold != .zero, rate.billing == .stripeMeter else { return }
    switch window.route(at: now, lastMinute: self.account.lastMinute) {
    case .close: isWaiting = true
    case .meter(let minute, let sendBefore):
      try report(total, minute, sendBefore)
      isWaiting = now >= period.end.start && self.account.untold(of: total) != .zero
    case .later:
      isWaiting = now >= period.end.start
    }
  }

  /// What closing does: all that Stripe has not counted, and will not, becomes one item.
  ///
  /// - Parameters:
  ///   - unsent: the values of meter events of which nothing was sent, nor will be.
  ///   - invoice: what the item is attached to; `nil`: the customer's next one.
  init(
    settling metric: MetricName, account: MeterAccount, total: Quantity, unsent: [Quantity], rate: EffectiveRate,
    period: BillingPeriod, invoice: InvoiceNumber?
  ) throws(MeterReportFailure) {
    self.metric = metric
    self.account = account
    self.rate = rate
    self.period = period
    self.invoice = invoice
    let taken = unsent.reduce(.zero, +)
    self.account.reported = account.reported - taken
    let isUntouched = self.account.reported == .zero && account.itemized == .zero
    let quantity = rate.billing == .stripeMeter ? self.account.untold(of: total) : taken
    convertsOverdue = !unsent.isEmpty
    // Even where the quantity comes to nothing: what the items are owed depends on what the meter has.
    guard quantity != .zero || convertsOverdue else { return }
    let amount = try amount { account, rate throws(MoneyError) in try account.itemize(quantity, at: rate) }
    let line: InvoiceLine = isUntouched ? .usage(metric, quantity, period) : .late(metric, quantity, period)
    let item = try owe(amount, line)
    if convertsOverdue { conversion = item }
  }

  private mutating func convert(_ overdue: [Quantity]) throws(MeterReportFailure) {
    let quantity = overdue.reduce(.zero, +)
    let amount = try amount { account, rate throws(MoneyError) in try account.convert(quantity, at: rate) }
    convertsOverdue = true
    conversion = try owe(amount, .converted(metric, quantity, period))
  }

  private mutating func report(
    _ total: Quantity, _ minute: Instant, _ sendBefore: Instant
  ) throws(MeterReportFailure) {
    guard let value = account.report(total: total, minute: minute) else { return }
    guard let event = MeterEvent(metric: metric, period: period, value: value, timestamp: minute) else {
      throw .tooLarge
    }
    owed.append(Owed(effect: .meterEvent(event), sendBefore: sendBefore))
  }

  /// A line that comes to nothing is not sent; what it stood for is settled all the same.
  private mutating func owe(_ amount: Amount, _ line: InvoiceLine) throws(MeterReportFailure) -> Int? {
    guard amount.minorUnits != 0 else { return nil }
    guard let minorUnits = Int64(exactly: amount.minorUnits) else { throw .tooLarge }
    let item = InvoiceItem(minorUnits: minorUnits, currency: amount.currency, line: line, invoice: invoice)
    owed.append(Owed(effect: .invoiceItem(item), sendBefore: nil))
    return owed.count - 1
  }

  private mutating func amount(
    _ body: (inout MeterAccount, EffectiveRate) throws(MoneyError) -> Amount
  ) throws(MeterReportFailure) -> Amount {
    do {
      return try body(&account, rate)
    } catch {
      throw .tooLarge
    }
  }
}

/// Why a total cannot be reported.
enum MeterReportFailure: Error {
  case tooLarge
}
