import Billing
import Ledger
import Outbox
import PostgreSQL

/// Brings onto an invoice what Stripe has not counted of a company's metered usage, within the transaction that closes the
/// period: what nobody was told of, since it came too late for the meter or the meter does not bill it, and what was
/// reported and never sent.
///
/// Settled is what our lines come to by now, not the total: what is committed to a period that was closed before, while
/// this one is being closed, waits with its line for the next invoice; so does a total whose line is left out, in another
/// currency say. So both stand on the same invoice there and here. What is on the meter by now stays there, and so does
/// what is on its way to a meter that bills it. Rows of `meter_reports` are locked, and then sequences of the outbox, each
/// in the order of their keys.
public struct MeterSettlement {
  /// A company whose usage is settled up to and with a period. No company is there twice.
  public struct Settled: Hashable, Sendable {
    public let company: CompanyID
    /// The first day of the last period that is settled; earlier ones are, too: what came late to them.
    public let periodStart: CivilDate
    /// What the items are attached to; `nil`: the customer's next invoice.
    public var invoice: InvoiceNumber?
    /// Whether a subscription bills the last period: then what waits to be sent is sent, as long as it is in time.
    public let isSubscribed: Bool

    public init(company: CompanyID, periodStart: CivilDate, invoice: InvoiceNumber? = nil, isSubscribed: Bool) {
      self.company = company
      self.periodStart = periodStart
      self.invoice = invoice
      self.isSubscribed = isSubscribed
    }
  }

  public struct Report: Sendable {
    /// The items, for the caller to write: behind what makes or finds the invoice, and before what finalizes it.
    /// Companies without any are left out.
    public fileprivate(set) var entries: [CompanyID: [NewEntry]] = [:]
    public fileprivate(set) var summary = MeterReportSummary()
  }

  private struct Subject {
    let key: MeterKey
    let terms: PricedPeriods.Terms
    let rate: EffectiveRate
  }

  private let table: MeterReportTable
  private let entries: OverdueMeterEntries

  /// - Parameter connection: in the caller's transaction, which holds the registry's lock and has written what is charged
  ///   of totals.
  public init(_ connection: Connection) throws(InvoicingError) {
    table = MeterReportTable(connection: connection)
    entries = try outbox { () throws(OutboxError) in try OverdueMeterEntries(connection) }
  }

  /// - Parameters:
  ///   - settled: companies that Stripe is told of: their `stripe_mode` is not `off`.
  ///   - priced: of those companies.
  public func settle(
    _ settled: [Settled], _ priced: PricedPeriods, now: Instant
  ) throws(InvoicingError) -> Report {
    guard !settled.isEmpty else { return Report() }
    let wanted = Dictionary(uniqueKeysWithValues: settled.map { ($0.company, $0) })
    let subjects = try subjects(wanted, priced, now)
    let keys = subjects.map(\.key)
    let (accounts, charged) = try database { () throws(PostgreSQLError) in
      (try table.lock(subjects.map { ($0.key, $0.terms.currency) }), try table.charged(keys))
    }
    let unsent = try lockUnsent(of: Set(keys), wanted, now)
    var report = Report()
    var conversions: [OverdueMeterEntries.Conversion] = []
    var changed: [(key: MeterKey, account: MeterAccount)] = []
    var random = SystemRandomNumberGenerator()
    for (position, subject) in subjects.enumerated() {
      let key = subject.key
      let unsent = unsent[key] ?? []
      guard subject.rate.billing == .stripeMeter || !unsent.isEmpty else { continue }
      let plan: MeterReportPlan
      do {
        plan = try MeterReportPlan(
          settling: key.metric, account: accounts[position], total: charged[position],
          unsent: unsent.map(\.event.value), rate: subject.rate, period: subject.terms.period,
          invoice: wanted[key.company]?.invoice)
      } catch {
        report.summary.note(.tooLarge, key)
        continue
      }
      let new = plan.owed.map {
        NewEntry(id: EntryID(now: now, using: &random), company: key.company, effect: $0.effect)
      }
      if !new.isEmpty { report.entries[key.company, default: []] += new }
      let item = plan.conversion.map { new[$0].id }
      conversions += unsent.map { OverdueMeterEntries.Conversion(entry: $0, into: item) }
      if plan.account != accounts[position] { changed.append((key, plan.account)) }
      report.summary.note(plan, converted: unsent.count)
    }
    try outbox { () throws(OutboxError) in try entries.settle(conversions) }
    try database { () throws(PostgreSQLError) in try table.save(changed) }
    return report
  }

  /// Every total of the last periods, since their reports may be under way at this moment, and of earlier ones those with
  /// something untold or unsent; in the order of keys. What has no price costs nothing.
  private func subjects(
    _ wanted: [CompanyID: Settled], _ priced: PricedPeriods, _ now: Instant
  ) throws(InvoicingError) -> [Subject] {
    let all = wanted.values.sorted { $0.company < $1.company }
    let (companies, starts, metrics) = (all.map(\.company), all.map(\.periodStart), priced.meteredMetrics)
    var keys = try database { () throws(PostgreSQLError) in
      let end = (starts.max() ?? now.date).adding(days: 1)
      return Set(try table.untold(companies, metrics, begunBefore: end))
        .union(try table.totals(of: companies, starts, metrics))
    }
    let unsent = try outbox { () throws(OutboxError) in
      try entries.find(companies, now: now) { Self.scope(wanted[$0]) }
    }
    keys.formUnion(unsent.map(\.meterKey))
    return keys.sorted().compactMap { key in
      guard let settled = wanted[key.company], key.periodStart <= settled.periodStart,
        let terms = priced.terms(of: key.company, periodStart: key.periodStart), let rate = terms.rate(of: key.metric)
      else { return nil }
      return Subject(key: key, terms: terms, rate: rate)
    }
  }

  /// Found once the totals' rows are locked: nobody writes entries for them any more.
  private func lockUnsent(
    of keys: Set<MeterKey>, _ wanted: [CompanyID: Settled], _ now: Instant
  ) throws(InvoicingError) -> [MeterKey: [OverdueMeterEntries.Entry]] {
    try outbox { () throws(OutboxError) in
      let companies = Set(keys.map(\.company)).sorted()
      let scope = { (company: CompanyID) in Self.scope(wanted[company]) }
      let found = try entries.find(companies, now: now, scope).filter { keys.contains($0.meterKey) }
      return Dictionary(grouping: try entries.lock(found, now: now, scope), by: \.meterKey)
    }
  }

  private static func scope(_ settled: Settled?) -> OverdueMeterEntries.Scope {
    settled?.isSubscribed == true ? .overdue : .unsent
  }
}
