import Billing
import Ledger
import Outbox
import PostgreSQL
import Storage

/// Reads our side, each company in one snapshot.
struct BooksReader {
  /// A company that Stripe is told of.
  struct Company: Hashable {
    let id: CompanyID
    let customer: RemoteID
  }

  let connection: Connection
  private let outbox: OutboxReader

  private static let page = 1000
  /// Stripe's summaries lag by some minutes.
  private static let lagSeconds: Int64 = 600

  init(_ connection: Connection) throws(OutboxError) {
    self.connection = connection
    outbox = try OutboxReader(connection)
  }

  /// Registered companies in mode live that have a customer, by id.
  func companies(_ only: CompanyID?) throws(OutboxError) -> [Company] {
    try outboxDatabase { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT company_id, stripe_customer FROM billing.companies
        WHERE registered_at IS NOT NULL AND stripe_mode = 'live' AND stripe_customer IS NOT NULL
          AND (\(only) IS NULL OR company_id = \(only))
        ORDER BY company_id
        """)
      return try rows.map { row throws(PostgreSQLError) in
        Company(id: try row.decode(at: 0), customer: try row.decode(at: 1))
      }
    }
  }

  /// The company's billing periods that are compared, the latest first.
  func periods(of company: CompanyID, _ scope: ReconciliationScope) throws(OutboxError) -> [BillingPeriod] {
    try outboxDatabase { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT period_start, period_end FROM billing.billing_periods
        WHERE company_id = \(company) AND period_start <= \(scope.day)
        ORDER BY period_start DESC LIMIT \(scope.count)
        """)
      var periods: [BillingPeriod] = []
      for row in rows {
        guard let period = BillingPeriod(start: try row.decode(at: 0), end: try row.decode(at: 1)) else { continue }
        periods.append(period)
      }
      if case .containing(let day) = scope.periods { periods.removeAll { !$0.contains(day) } }
      return periods
    }
  }

  /// - Parameters:
  ///   - metrics: to be compared whether or not we hold anything of them.
  ///   - now: by the database's clock, or near it.
  func books(
    of company: CompanyID, _ periods: [BillingPeriod], _ metrics: Set<MetricName>, _ scope: ReconciliationScope,
    now: Instant
  ) throws(OutboxError) -> CompanyBooks {
    do throws(TransactionError<OutboxError>) {
      return try connection.withTransaction(isolation: .repeatableRead, readOnly: true) { _ throws(OutboxError) in
        try read(company, periods, metrics, scope, now: now)
      }
    } catch {
      switch error {
      case .bodyFailed(let error, _): throw error
      case .beginFailed(let error), .commitFailed(let error, _), .commitOutcomeUnknown(let error):
        throw .database(error)
      }
    }
  }

  private func read(
    _ company: CompanyID, _ periods: [BillingPeriod], _ metrics: Set<MetricName>, _ scope: ReconciliationScope,
    now: Instant
  ) throws(OutboxError) -> CompanyBooks {
    var books = try outboxDatabase { () throws(PostgreSQLError) in
      var books = try totals(company, periods)
      books.invoices = try invoices(company, periods)
      return books
    }
    for period in periods {
      for metric in metrics {
        let key = CompanyBooks.Key(metric: metric, period: period)
        if books.figures[key] == nil { books.figures[key] = CompanyBooks.Figures() }
      }
    }
    var position: OutboxReader.Position?
    while true {
      let records = try outbox.list(.all, company: company, after: position, limit: Self.page)
      for record in records { books.take(waiting: record) }
      guard records.count == Self.page, let last = records.last else { break }
      position = OutboxReader.Position(after: last)
    }
    guard let since = periods.last?.start.start else { return books }
    try each(.invoiceItems, company, since) { record in
      books.take(settledItem: record) { record, item in
        (record.firstAttemptAt ?? record.createdAt) >= since
          && scope.includes(itemOf: item.line.period?.start, in: periods)
      }
    }
    books.placeItems()
    try each(.discardedMeterEvents, company, since) { books.take(discarded: $0) }
    try each(.deliveredMeterEvents, company, now.adding(seconds: -Self.lagSeconds)) { books.take(delivered: $0) }
    return books
  }

  private func each(
    _ selection: OutboxReader.SettledSelection, _ company: CompanyID, _ since: Instant, _ take: (EntryRecord) -> Void
  ) throws(OutboxError) {
    var last: Int64 = 0
    while true {
      let records = try outbox.settled(selection, of: company, since: since, after: last, limit: Self.page)
      records.forEach(take)
      guard records.count == Self.page, let entry = records.last else { return }
      last = entry.entryNumber
    }
  }

  private func invoices(_ company: CompanyID, _ periods: [BillingPeriod]) throws(PostgreSQLError) -> [BookedInvoice] {
    let rows = try connection.query(
      """
      SELECT i.invoice_no, i.route::text, i.state <> 'draft', i.period_start, i.period_end, i.currency, i.total,
        c.stripe_subscription, l.entry_id
      FROM billing.invoices i JOIN billing.companies c USING (company_id)
      LEFT JOIN billing.invoice_lines l
        ON l.company_id = i.company_id AND l.invoice_no = i.invoice_no AND l.entry_id IS NOT NULL
      WHERE i.company_id = \(company) AND i.route IN ('c', 's') AND i.period_start = ANY (\(periods.map(\.start)))
      ORDER BY i.invoice_no
      """)
    var invoices: [BookedInvoice] = []
    for row in rows {
      let number = try row.invoiceNumber(at: 0)
      if invoices.last?.number != number {
        let isOurs = try row.decode(String.self, at: 1) == "c"
        let subscription = try row.decode(String?.self, at: 7).flatMap { RemoteID($0) }
        invoices.append(
          BookedInvoice(
            number: number, period: try row.period(at: 3), way: isOurs ? .made : .subscription(subscription),
            isOpen: try row.decode(at: 2),
            total: Amount(minorUnits: try row.minorUnits(at: 6), currency: try row.currency(at: 5)),
            reference: try reference(of: number, company)))
      }
      if let entry = try row.decode(EntryID?.self, at: 8) { invoices[invoices.count - 1].items.insert(entry) }
    }
    return invoices
  }

  private func reference(
    of invoice: InvoiceNumber, _ company: CompanyID
  ) throws(PostgreSQLError) -> InvoiceReference? {
    do throws(OutboxError) {
      return try OutboxReferences(connection).reference(of: invoice, company: company)
    } catch {
      guard case .database(let error) = error else {
        throw PostgreSQLError(.decoding, "a reference cannot be read")
      }
      throw error
    }
  }

  private func totals(_ company: CompanyID, _ periods: [BillingPeriod]) throws(PostgreSQLError) -> CompanyBooks {
    let byStart = Dictionary(periods.map { ($0.start, $0) }) { first, _ in first }
    let starts = periods.map(\.start)
    let rows = try connection.query(
      """
      SELECT metric, period_start, coalesce(u.quantity, 0), coalesce(r.reported, 0), coalesce(r.itemized, 0)
      FROM (
        SELECT metric, period_start, quantity FROM billing.usage_periods
        WHERE company_id = \(company) AND period_start = ANY (\(starts))) AS u
      FULL JOIN (
        SELECT metric, period_start, reported, itemized FROM billing.meter_reports
        WHERE company_id = \(company) AND period_start = ANY (\(starts))) AS r USING (metric, period_start)
      """)
    var books = CompanyBooks()
    for row in rows {
      guard let period = byStart[try row.decode(at: 1)] else { continue }
      let key = CompanyBooks.Key(metric: try row.decode(at: 0), period: period)
      books.figures[key] = CompanyBooks.Figures(
        total: try row.decode(at: 2), reported: try row.decode(at: 3), itemized: try row.decode(at: 4))
    }
    return books
  }
}

private func outboxDatabase<Value>(
  _ body: () throws(PostgreSQLError) -> Value
) throws(OutboxError) -> Value {
  do throws(PostgreSQLError) { return try body() } catch { throw .database(error) }
}
