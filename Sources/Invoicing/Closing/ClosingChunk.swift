import Billing
import Faults
import Ledger
import PostgreSQL

/// Closes some companies' periods, in a transaction that is open.
struct ClosingChunk {
  let connection: Connection
  let now: Instant
  let failpoints: Failpoints

  private var table: ClosingTable { ClosingTable(connection: connection) }

  /// - Parameter candidates: each company once.
  func run(_ candidates: [ClosingTable.Candidate]) throws(InvoicingError) -> PeriodCloseSummary {
    var summary = PeriodCloseSummary()
    let (locked, standings) = try database { () throws(PostgreSQLError) in
      let locked = try table.lock(candidates)
      // A statement of its own, after the rows are ours: what others have closed is closed in it.
      return (locked, try table.standings(locked))
    }
    var periods: [(candidate: ClosingTable.Candidate, standing: ClosingTable.Standing)] = []
    for (candidate, standing) in zip(locked, standings) {
      if standing.awaitsRenewal {
        summary.waiting += 1
      } else if !standing.hasEarlierOpen {
        periods.append((candidate, standing))
      }
    }
    failpoints.pass(PeriodCloseStep.afterLock)
    guard !periods.isEmpty else { return summary }
    let open = periods.map(\.candidate)
    let priced = try ledger { () throws(LedgerError) in try PricedPeriods(of: open.map(\.company), on: connection) }
    let (totals, charges) = try database { () throws(PostgreSQLError) in
      let totals = try table.totals(open)
      return (
        Dictionary(grouping: totals, by: \.key.company), try table.charges(open, without: priced.kindsBilledAtOnce)
      )
    }
    failpoints.pass(PeriodCloseStep.afterTotals)

    var drafts: [InvoiceDraft] = []
    var closed: [ClosingTable.Candidate] = []
    var told: [MeterSettlement.Settled] = []
    for (period, standing) in periods {
      do throws(InvoiceFailure) {
        let draft = try draft(
          period, standing, priced, totals[period.company] ?? [], charges[period.company] ?? [], &summary)
        if let draft { drafts.append(draft) }
        closed.append(period)
        guard let bounds = BillingPeriod(start: period.start, end: period.end) else { continue }
        let route = standing.stripe.route(of: bounds)
        guard route != .unsent else { continue }
        told.append(
          MeterSettlement.Settled(
            company: period.company, periodStart: period.start, isSubscribed: route == .subscription))
      } catch {
        summary.problems.append(
          PeriodCloseSummary.Problem(
            company: period.company, periodStart: period.start, metric: nil, reason: error.reason))
      }
    }
    let settled = try InvoiceWriter(connection: connection, now: now, failpoints: failpoints)
      .write(drafts, settling: told, priced)
    for problem in settled.problems {
      summary.problems.append(
        PeriodCloseSummary.Problem(
          company: problem.company, periodStart: problem.periodStart, metric: problem.metric, reason: .tooLarge))
    }
    try database { () throws(PostgreSQLError) in try table.close(closed, at: now) }
    summary.periods = closed.count
    for draft in drafts { summary.note(draft) }
    return summary
  }

  private func draft(
    _ period: ClosingTable.Candidate, _ standing: ClosingTable.Standing, _ priced: PricedPeriods,
    _ totals: [PeriodPlan.Total], _ charges: [PeriodPlan.Charge], _ summary: inout PeriodCloseSummary
  ) throws(InvoiceFailure) -> InvoiceDraft? {
    guard let terms = priced.terms(of: period.company, periodStart: period.start),
      let membership = priced.membership(of: period.company, in: terms.period)
    else { throw .noPlan }
    let rated = totals.compactMap { total in
      priced.terms(of: period.company, periodStart: total.key.periodStart).map { (total: total, terms: $0) }
    }
    let plan = PeriodPlan(
      company: period.company, terms: terms, membership: membership, stripe: standing.stripe)
    return try plan.invoice(rated, charges, problems: &summary.problems)
  }
}

extension InvoiceFailure {
  fileprivate var reason: PeriodCloseSummary.Reason {
    switch self {
    case .tooLarge: .tooLarge
    case .noPlan: .noPlan
    }
  }
}
