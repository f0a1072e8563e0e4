import Billing
import PostgreSQL

/// Answers what was invoiced, and what is still to be. Reads invoices and totals only.
public struct RevenueReporter {
  /// Companies whose totals are read at once.
  private static let pageSize = 1000

  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Reads and adds up, all as of one moment.
  ///
  /// - Parameters:
  ///   - company: `nil` for all.
  ///   - days: on which the periods begin; `nil` for whenever.
  ///   - today: the day in UTC; periods that begin later owe nothing yet.
  public func report(
    _ company: CompanyID?, days: BillingPeriod?, today: CivilDate
  ) throws(UsageReportError) -> RevenueReport {
    let span = days ?? .always
    let facts = try connection.snapshot { () throws(LedgerError) in
      let source = RevenueSource(connection: connection, span: span, today: today)
      var facts = RevenueFacts(catalog: try CatalogStore.catalog(connection))
      facts.amounts = try database { () throws(PostgreSQLError) in try source.invoiced(company) }
      if let company {
        facts.isKnown = try add([company], from: source, to: &facts) > 0
      } else {
        var last: CompanyID?
        while true {
          let page = try database { () throws(PostgreSQLError) in
            try source.companies(after: last, limit: Self.pageSize)
          }
          _ = try add(page, from: source, to: &facts)
          guard page.count == Self.pageSize else { break }
          last = page.last
        }
      }
      return facts
    }
    if let company, !facts.isKnown { throw .unknownCompany(company) }
    return try priced { () throws(MoneyError) in try facts.report(company, days: days) }
  }

  /// - Returns: how many of the companies there are.
  private func add(
    _ ids: [CompanyID], from source: RevenueSource, to facts: inout RevenueFacts
  ) throws(LedgerError) -> Int {
    let companies = try CompanyLoader(connection: connection).load(ids)
    let billed = companies.filter(\.isRegistered)
    guard !billed.isEmpty else { return companies.count }
    try database { () throws(PostgreSQLError) in
      let totals = UnbilledTotals(connection: connection, companies: billed)
      facts.totals += try totals.read(periodsBeginningIn: source.span)
      facts.openPeriods += try source.openPeriods(of: billed)
      facts.amounts += try source.unbilledCharges(of: billed)
    }
    return companies.count
  }
}

/// What was read, before usage and fees that are not billed yet are priced.
struct RevenueFacts {
  /// One sum of one currency, month, category and state.
  struct Entry {
    let month: CivilDate
    let category: RevenueReport.Category
    let state: RevenueReport.State
    let amount: Amount
  }

  let catalog: Catalog
  var isKnown = false
  var amounts: [Entry] = []
  var totals: [UnbilledTotal] = []
  /// Begun and not closed: they owe their base fee.
  var openPeriods: [(company: Company, period: Company.Period)] = []

  func report(_ company: CompanyID?, days: BillingPeriod?) throws(MoneyError) -> RevenueReport {
    var sums: [Currency: [Key: [RevenueReport.State: Amount]]] = [:]
    var totals: [Currency: [RevenueReport.State: Amount]] = [:]
    for entry in try amounts + unbilled() {
      let (currency, key) = (entry.amount.currency, Key(month: entry.month, category: entry.category))
      let sum = sums[currency]?[key]?[entry.state] ?? .zero(currency)
      sums[currency, default: [:]][key, default: [:]][entry.state] = try sum.adding(entry.amount)
      let total = totals[currency]?[entry.state] ?? .zero(currency)
      totals[currency, default: [:]][entry.state] = try total.adding(entry.amount)
    }
    let sections = sums.sorted { $0.key.code < $1.key.code }.map { currency, lines in
      RevenueReport.Section(
        currency: currency,
        lines: lines.sorted { $0.key < $1.key }.map {
          RevenueReport.Line(month: $0.key.month, category: $0.key.category, amounts: $0.value)
        }, totals: totals[currency] ?? [:])
    }
    return RevenueReport(companyID: company, days: days, sections: sections)
  }

  private func unbilled() throws(MoneyError) -> [Entry] {
    var entries: [Entry] = []
    for total in totals {
      guard let amount = try total.owed(catalog) else { continue }
      entries.append(
        Entry(
          month: total.period.bounds.start.firstOfMonth,
          category: total.isClosed ? .late(total.metric) : .usage(total.metric), state: .unbilled, amount: amount))
    }
    for (company, period) in openPeriods {
      let plan = period.plan.flatMap(catalog.plan) ?? catalog.defaultPlan
      let fee = try company.baseFee(of: plan, in: period.bounds)
      guard fee.minorUnits != 0 else { continue }
      entries.append(
        Entry(month: period.bounds.start.firstOfMonth, category: .baseFee, state: .unbilled, amount: fee))
    }
    return entries
  }

  private struct Key: Hashable, Comparable {
    let month: CivilDate
    let category: RevenueReport.Category

    static func < (left: Key, right: Key) -> Bool {
      left.month == right.month ? left.category < right.category : left.month < right.month
    }
  }
}
