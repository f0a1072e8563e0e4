import Billing
import Outbox

/// What one pass does about one total. Pure: what is known goes in, what is to be written comes out.
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
  /// Whether a part of an ended period's total is left to a later pass.
  private(set) var isWaiting = false

  private let metric: MetricName
  private let rate: EffectiveRate
  private let window: MeterWindow

  /// - Parameters:
  ///   - account: of a locked row.
  ///   - total: read after the row was locked.
  ///   - overdue: what meter events for the total can no longer bring to the meter, one value each.
  ///   - rate: what prices the total; billed by a meter, unless only overdue events are to be converted.
  init(
    _ metric: MetricName, account: MeterAccount, total: Quantity, overdue: [Quantity], rate: EffectiveRate,
    window: MeterWindow, now: Instant
  ) throws(MeterReportFailure) {
    self.metric = metric
    self.account = account
    self.rate = rate
    self.window = window
    let isUntouched = account.reported == .zero && account.itemized == .zero
    if !overdue.isEmpty, window.canItemize(at: now) { try convert(overdue) }
    let untold = self.account.untold(of: total)
    guard untold != .zero, rate.billing == .stripeMeter else { return }
    switch window.route(at: now, lastMinute: self.account.lastMinute) {
    case .item:
      let amount = try amount { account, rate throws(MoneyError) in try account.itemize(untold, at: rate) }
      let line: InvoiceLine =
        isUntouched ? .usage(metric, untold, window.period) : .late(metric, untold, window.period)
      _ = try owe(amount, line)
    case .meter(let minute, let sendBefore):
      try report(total, minute, sendBefore)
      isWaiting = now >= window.period.end.start && self.account.untold(of: total) != .zero
    case .later:
      isWaiting = now >= window.period.end.start
    }
  }

  private mutating func convert(_ overdue: [Quantity]) throws(MeterReportFailure) {
    let quantity = overdue.reduce(.zero, +)
    let amount = try amount { account, rate throws(MoneyError) in try account.convert(quantity, at: rate) }
    convertsOverdue = true
    conversion = try owe(amount, .converted(metric, quantity, window.period))
  }

  private mutating func report(
    _ total: Quantity, _ minute: Instant, _ sendBefore: Instant
  ) throws(MeterReportFailure) {
    guard let value = account.report(total: total, minute: minute) else { return }
    guard let event = MeterEvent(metric: metric, period: window.period, value: value, timestamp: minute) else {
      throw .tooLarge
    }
    owed.append(Owed(effect: .meterEvent(event), sendBefore: sendBefore))
  }

  /// A line that comes to nothing is not sent; what it stood for is settled all the same.
  private mutating func owe(_ amount: Amount, _ line: InvoiceLine) throws(MeterReportFailure) -> Int? {
    guard amount.minorUnits != 0 else { return nil }
    guard let minorUnits = Int64(exactly: amount.minorUnits) else { throw .tooLarge }
    let item = InvoiceItem(minorUnits: minorUnits, currency: amount.currency, line: line)
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
