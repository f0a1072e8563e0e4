import Billing
import Faults
import Ledger
import PostgreSQL
import Storage

/// Bills a company's radiology orders of a range of days at once, ahead of their periods' end.
///
/// What of a total is outside of the range stays for the next line: under the total's lock its records are moved behind
/// this one. So the period's close bills the rest, with one quota and one rounding for both, and no order twice.
public struct OrdersAhead {
  public struct Summary: Hashable, Sendable {
    /// `nil`: no order of the range is standing and unbilled in an open period.
    public internal(set) var invoice: InvoiceNumber?
    public internal(set) var orders = Quantity.zero
    /// What the invoice comes to.
    public internal(set) var total: Amount?
  }

  public enum Refusal: Error, Sendable, CustomStringConvertible {
    case invoicing(InvoicingError)
    /// Nobody bills a company that is not registered.
    case unregistered(CompanyID)
    /// The open periods of the range are in different currencies.
    case severalCurrencies
    case tooLarge

    public var description: String {
      switch self {
      case .invoicing(let error): "\(error)"
      case .unregistered(let id): "\(id) is not a registered company: nothing was billed"
      case .severalCurrencies:
        "the range has periods of different currencies: nothing was billed; ask for each by itself"
      case .tooLarge: "the amount is too large to be computed or sent: nothing was billed"
      }
    }
  }

  private static let metrics = [MetricName.radiologyStandard, .radiologyAdvanced]

  private let connection: Connection
  private let failpoints: Failpoints

  /// - Parameter connection: made by `Connection.forLedger`, and in no transaction.
  public init(_ connection: Connection, failpoints: Failpoints = .none) {
    self.connection = connection
    self.failpoints = failpoints
  }

  /// - Parameter days: by when orders were sent to radiology.
  public func bill(_ company: CompanyID, days: BillingPeriod, now: Instant) throws(Refusal) -> Summary {
    var refusal: Refusal?
    let summary: Summary
    do {
      summary = try InvoicingTransaction(
        connection: connection, failpoints: failpoints, steps: PeriodCloseStep.commit
      ).run {
        () throws(InvoicingError) in
        refusal = nil
        let priced = try ledger { () throws(LedgerError) in try PricedPeriods(of: [company], on: connection) }
        do throws(Refusal) {
          guard let draft = try draft(company, days, priced) else { return Summary() }
          _ = try invoicing { () throws(InvoicingError) in
            try InvoiceWriter(connection: connection, now: now, failpoints: failpoints).write([draft], priced)
          }
          let orders = draft.lines.compactMap(\.usage).reduce(Quantity.zero) { $0 + $1.quantity }
          return Summary(invoice: try lastNumber(company), orders: orders, total: draft.total)
        } catch {
          if case .invoicing(let error) = error { throw error }
          refusal = error
          return Summary()
        }
      }
    } catch {
      throw .invoicing(error)
    }
    if let refusal { throw refusal }
    return summary
  }

  private func draft(
    _ company: CompanyID, _ days: BillingPeriod, _ priced: PricedPeriods
  ) throws(Refusal) -> InvoiceDraft? {
    let (starts, stripe) = try invoicing { () throws(InvoicingError) in
      try database { () throws(PostgreSQLError) in
        (try lockPeriods(company, days), try BilledByStripe.read([company], on: connection)[company])
      }
    }
    guard let stripe, try isRegistered(company) else { throw .unregistered(company) }
    let all = starts.compactMap { priced.terms(of: company, periodStart: $0) }
    guard let currency = all.first?.currency else { return nil }
    guard all.allSatisfy({ $0.currency == currency }) else { throw .severalCurrencies }
    let isTold = all.contains { stripe.isTold($0.period) }
    var lines: [LineDraft] = []
    for terms in all {
      for metric in Self.metrics {
        guard let rate = terms.rate(of: metric), rate.billing == .invoiceItem,
          let usage = try line(
            MeterKey(company: company, metric: metric, periodStart: terms.period.start), terms, rate, days)
        else { continue }
        lines.append(
          LineDraft(.usage(usage), period: terms.period, amount: usage.amount, route: isTold ? .item : .unsent))
      }
    }
    guard !lines.isEmpty else { return nil }
    let draft: InvoiceDraft
    do throws(InvoiceFailure) {
      draft = try InvoiceDraft(
        company: company, kind: .orders, route: isTold ? .created : .unsent, period: days, currency: currency,
        lines: lines)
    } catch {
      throw .tooLarge
    }
    try invoicing { () throws(InvoicingError) in
      try database { () throws(PostgreSQLError) in
        for line in draft.lines.compactMap(\.usage) { try putBehind(line, all: days) }
      }
    }
    return draft
  }

  /// The line of a total's orders in the range. The total is locked.
  private func line(
    _ key: MeterKey, _ terms: PricedPeriods.Terms, _ rate: EffectiveRate, _ days: BillingPeriod
  ) throws(Refusal) -> UsageLine? {
    let found = try invoicing { () throws(InvoicingError) in
      try database { () throws(PostgreSQLError) in try ClosingTable(connection: connection).total(key) }
    }
    guard let total = found else { return nil }
    let period = terms.period
    let orders = try invoicing { () throws(InvoicingError) in
      try database { () throws(PostgreSQLError) in
        try connection.query(
          """
          SELECT coalesce(sum(counted), 0) FROM billing.usage_records
          WHERE company_id = \(key.company) AND metric = \(key.metric)
            AND month BETWEEN \(period.start.firstOfMonth) AND \(period.lastDay.firstOfMonth)
            AND occurred_at >= \(max(period.start, days.start).start) AND occurred_at < \(min(period.end, days.end).start)
            AND kind = 'u' AND NOT voided AND coalesce(after_lines, 0) = \(total.lines)
          """
        ).one().decode(Quantity.self, at: 0)
      }
    }
    guard orders != .zero else { return nil }
    let before =
      total.charged.map {
        ChargedTotal(quantity: $0.quantity, amount: Amount(minorUnits: $0.minorUnits, currency: terms.currency))
      } ?? ChargedTotal(currency: terms.currency)
    do throws(InvoiceFailure) {
      return try UsageLine(
        key, of: period, isLate: false, before: before, total: before.quantity + orders, number: total.lines + 1,
        rate: rate)
    } catch {
      throw .tooLarge
    }
  }

  /// Puts behind the line what else of its total would be on it: orders outside of the range, and what was taken back.
  private func putBehind(_ line: UsageLine, all days: BillingPeriod) throws(PostgreSQLError) {
    let (key, period) = (line.key, line.period)
    _ = try connection.update(
      """
      UPDATE billing.ledger SET after_lines = \(line.number)
      WHERE company_id = \(key.company) AND metric = \(key.metric)
        AND month BETWEEN \(period.start.firstOfMonth) AND \(period.lastDay.firstOfMonth)
        AND occurred_at >= \(period.start.start) AND occurred_at < \(period.end.start)
        AND kind IN ('u', 'v') AND coalesce(after_lines, 0) = \(line.number - 1)
        AND NOT (kind = 'u' AND NOT voided AND occurred_at >= \(days.start.start) AND occurred_at < \(days.end.start))
      """)
  }

  /// The open periods that the range touches, locked against their close.
  private func lockPeriods(_ company: CompanyID, _ days: BillingPeriod) throws(PostgreSQLError) -> [CivilDate] {
    let rows = try connection.query(
      """
      SELECT period_start FROM billing.billing_periods
      WHERE company_id = \(company) AND period_start < \(days.end) AND period_end > \(days.start)
        AND closed_at IS NULL AND plan_id IS NOT NULL
      ORDER BY period_start FOR NO KEY UPDATE
      """)
    var starts: [CivilDate] = []
    for row in rows { starts.append(try row.decode(at: 0)) }
    return starts
  }

  private func isRegistered(_ company: CompanyID) throws(Refusal) -> Bool {
    try invoicing { () throws(InvoicingError) in
      try database { () throws(PostgreSQLError) in
        try connection.query("SELECT registered_at IS NOT NULL FROM billing.companies WHERE company_id = \(company)")
          .first?.decode(at: 0) ?? false
      }
    }
  }

  private func lastNumber(_ company: CompanyID) throws(Refusal) -> InvoiceNumber {
    try invoicing { () throws(InvoicingError) in
      try database { () throws(PostgreSQLError) in
        try connection.query("SELECT max(invoice_no) FROM billing.invoices WHERE company_id = \(company)")
          .one().invoiceNumber(at: 0)
      }
    }
  }
}

private func invoicing<Value>(
  _ body: () throws(InvoicingError) -> Value
) throws(OrdersAhead.Refusal) -> Value {
  do { return try body() } catch { throw .invoicing(error) }
}
