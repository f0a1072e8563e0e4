import Billing
import PostgreSQL

/// Answers what of a company's usage is counted and not charged. Reads totals only.
public struct UnbilledReporter {
  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Reads and prices what is missing on invoices, all as of one moment.
  ///
  /// - Parameter today: the day in UTC.
  public func report(_ id: CompanyID, today: CivilDate) throws(UsageReportError) -> UnbilledReport {
    try connection.report(of: id) { () throws(LedgerError) -> (Catalog, Company, [UnbilledTotal])? in
      let catalog = try CatalogStore.catalog(connection)
      guard let company = try CompanyLoader(connection: connection).load([id]).first else { return nil }
      let totals = try database { () throws(PostgreSQLError) in
        try UnbilledTotals(connection: connection, companies: [company]).read(periodsBeginningIn: .always)
      }
      return (catalog, company, totals)
    } _: { (facts) throws(MoneyError) in
      let (catalog, company, totals) = facts
      return try Self.report(company, totals, catalog, today)
    }
  }

  private static func report(
    _ company: Company, _ totals: [UnbilledTotal], _ catalog: Catalog, _ today: CivilDate
  ) throws(MoneyError) -> UnbilledReport {
    var lines: [UnbilledReport.Line] = []
    var sums: [Currency: Amount] = [:]
    for total in totals {
      guard let amount = try total.owed(catalog) else { continue }
      sums[amount.currency] = try (sums[amount.currency] ?? .zero(amount.currency)).adding(amount)
      let bounds = total.period.bounds
      lines.append(
        UnbilledReport.Line(
          period: bounds, state: total.isClosed ? .late : bounds.end <= today ? .ended : .open, metric: total.metric,
          total: total.total, quantity: total.total - total.charged, amount: amount))
    }
    return UnbilledReport(
      companyID: company.id, isRegistered: company.isRegistered, lines: lines,
      totals: sums.values.sorted { $0.currency.code < $1.currency.code })
  }
}
