import Billing
import PostgreSQL

/// Answers what of a company's radiology orders was billed.
public struct OrderReporter {
  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Reads and prices the orders whose records lie in a range of days, all as of one moment.
  ///
  /// - Parameter today: the day in UTC.
  public func report(
    _ id: CompanyID, days: BillingPeriod, today: CivilDate
  ) throws(UsageReportError) -> OrderReport {
    try connection.report(of: id) { () throws(LedgerError) in
      try read(id, days)
    } _: { (facts) throws(MoneyError) in
      try facts.priced(days, today: today)
    }
  }

  private func read(_ id: CompanyID, _ days: BillingPeriod) throws(LedgerError) -> Facts? {
    let catalog = try CatalogStore.catalog(connection)
    guard let company = try CompanyLoader(connection: connection).load([id]).first else { return nil }
    return try database { () throws(PostgreSQLError) in
      let row = try connection.query(
        """
        WITH sent AS (
          SELECT *, \(unescaped: OrderTable.recordID) AS usage_id FROM billing.orders
          WHERE company_id = \(id) AND recorded_at >= \(days.start.start) AND recorded_at < \(days.end.start))
        SELECT count(*) FILTER (WHERE recorded_class = 's'), count(*) FILTER (WHERE recorded_class = 'a'),
          count(*) FILTER (WHERE code_class IS NULL AND modality_class IS NULL),
          count(*) FILTER (WHERE cancelled_at >= sent_at),
          count(*) FILTER (WHERE recorded_at <> sent_at
            OR recorded_class <> coalesce(code_class, modality_class, 's'))
        FROM sent
        -- Unless a person has taken the record back.
        WHERE NOT EXISTS (
          SELECT FROM billing.usage_records r
          WHERE r.company_id = sent.company_id AND r.usage_id = sent.usage_id AND r.voided
            AND r.month = date_trunc('month', sent.recorded_at AT TIME ZONE 'UTC')::date)
        """
      ).one()
      return Facts(
        company: company, catalog: catalog,
        orders: [.standard: try row.decode(at: 0), .advanced: try row.decode(at: 1)],
        unclassified: try row.decode(at: 2), cancelled: try row.decode(at: 3), differing: try row.decode(at: 4))
    }
  }
}

/// What was read for a report, before it is priced.
private struct Facts {
  let company: Company
  let catalog: Catalog
  let orders: [ImagingClass: Int64]
  let unclassified: Int64
  let cancelled: Int64
  let differing: Int64

  /// By the terms of the period that contains the first day, as for usage of a range of days.
  func priced(_ days: BillingPeriod, today: CivilDate) throws(MoneyError) -> OrderReport {
    let row = company.period(containing: days.start.start)
    let plan = (row.map(\.plan) ?? company.plan).flatMap(catalog.plan) ?? catalog.defaultPlan
    let period = row?.bounds ?? PeriodCalendar.period(containing: days.start, anchor: company.anchor)
    var lines: [OrderReport.Line] = []
    for imaging in ImagingClass.allCases {
      let count = orders[imaging] ?? 0
      let rate = plan.rate(for: imaging.metric, in: period, today: today, overrides: company.overrides)
      let amount =
        try rate.map { (rate) throws(MoneyError) in
          try Pricing.cost(of: Quantity(Int(count)), at: rate.withoutQuota, currency: plan.currency).amount
        } ?? .zero(plan.currency)
      lines.append(OrderReport.Line(imaging: imaging, orders: count, amount: amount, isRated: rate != nil))
    }
    return OrderReport(
      companyID: company.id, plan: plan.id, currency: plan.currency, days: days, lines: lines,
      total: try Amount.sum(lines.map(\.amount), currency: plan.currency), unclassified: unclassified,
      cancelledAfterSending: cancelled, differing: differing)
  }
}
