import Billing
import Ledger

/// What closing a period comes to. Pure: what is known goes in, the invoice comes out.
struct PeriodPlan {
  /// A total that is locked: the period's own, or one of a period closed before.
  struct Total {
    let key: MeterKey
    let quantity: Quantity
    /// On how many lines it stands.
    let lines: Int16
    /// `nil`: on none.
    let charged: (quantity: Quantity, minorUnits: Int128)?
  }

  struct Charge {
    let number: Int64
    let kind: ChargeKind
    let amount: Amount
    let occurredAt: Instant
  }

  let company: CompanyID
  let terms: PricedPeriods.Terms
  let membership: Membership
  let stripe: BilledByStripe

  private var period: BillingPeriod { terms.period }
  private var route: InvoiceDraft.Route { stripe.route(of: terms.period) }

  /// - Parameters:
  ///   - totals: with the terms of their periods.
  ///   - problems: told of totals that are left out.
  /// - Returns: `nil` when the period owes nothing.
  func invoice(
    _ totals: [(total: Total, terms: PricedPeriods.Terms)], _ charges: [Charge],
    problems: inout [PeriodCloseSummary.Problem]
  ) throws(InvoiceFailure) -> InvoiceDraft? {
    var lines: [LineDraft] = []
    if let fee = try baseFee() { lines.append(fee) }
    for (total, terms) in ordered(totals) {
      guard let line = try usage(total, terms) else { continue }
      guard line.amount.currency == self.terms.currency else {
        problems.append(
          PeriodCloseSummary.Problem(
            company: company, periodStart: total.key.periodStart, metric: total.key.metric, reason: .otherCurrency))
        continue
      }
      lines.append(line)
    }
    for charge in charges {
      guard charge.amount.currency == terms.currency else {
        problems.append(
          PeriodCloseSummary.Problem(
            company: company, periodStart: period.start, metric: nil, reason: .otherCurrency))
        continue
      }
      lines.append(
        LineDraft(
          .charge(charge.kind, number: charge.number), period: period, amount: charge.amount,
          route: route == .unsent ? .unsent : .item))
    }
    guard !lines.isEmpty else { return nil }
    return try InvoiceDraft(
      company: company, kind: .period, route: route, period: period, currency: terms.currency, lines: lines)
  }

  /// The period's metrics in the plan's order, then late ones from the oldest on.
  private func ordered(
    _ totals: [(total: Total, terms: PricedPeriods.Terms)]
  ) -> [(total: Total, terms: PricedPeriods.Terms)] {
    func rank(_ total: Total, _ terms: PricedPeriods.Terms) -> (Int32, Int) {
      let own = total.key.periodStart == period.start
      return (
        own ? .min : total.key.periodStart.daysSinceEpoch,
        terms.ratedMetrics.firstIndex(of: total.key.metric) ?? .max
      )
    }
    return totals.map { (each: $0, rank: rank($0.total, $0.terms)) }.sorted { $0.rank < $1.rank }.map(\.each)
  }

  private func baseFee() throws(InvoiceFailure) -> LineDraft? {
    let days = membership.days(of: period)
    let fee: Amount
    let short: Amount
    do {
      fee = try membership.share(of: terms.baseFee, in: period)
      short = try fee.subtracting(terms.baseFee)
    } catch {
      throw .tooLarge
    }
    let content = LineDraft.Content.baseFee(days: days)
    switch route {
    case .unsent: return fee.minorUnits == 0 ? nil : LineDraft(content, period: period, amount: fee, route: .unsent)
    case .created: return fee.minorUnits == 0 ? nil : LineDraft(content, period: period, amount: fee, route: .item)
    case .subscription:
      // Stripe asks for a whole fee with every invoice of a subscription but its last.
      let isLast = membership.left.map { $0 <= period.end } ?? false
      let item = isLast ? fee : short
      guard fee.minorUnits != 0 || item.minorUnits != 0 else { return nil }
      return LineDraft(content, period: period, amount: fee, route: .subscription, item: item)
    }
  }

  private func usage(_ total: Total, _ terms: PricedPeriods.Terms) throws(InvoiceFailure) -> LineDraft? {
    guard let rate = terms.rate(of: total.key.metric), rate.billing != .unbilled else { return nil }
    let before =
      total.charged.map {
        ChargedTotal(quantity: $0.quantity, amount: Amount(minorUnits: $0.minorUnits, currency: terms.currency))
      } ?? ChargedTotal(currency: terms.currency)
    guard total.quantity != before.quantity else { return nil }
    let line = try UsageLine(
      total.key, of: terms.period, isLate: total.key.periodStart != period.start, before: before,
      total: total.quantity, number: total.lines + 1, rate: rate)
    return LineDraft(
      .usage(line), period: terms.period, amount: line.amount, route: lineRoute(rate, of: terms.period))
  }

  private func lineRoute(_ rate: EffectiveRate, of period: BillingPeriod) -> LineDraft.Route {
    guard route != .unsent else { return .unsent }
    // No meter was told of usage from before the company's time at Stripe, and none will be.
    return rate.billing == .stripeMeter && stripe.isTold(period) ? .meter : .item
  }
}
