import Billing
import Ledger
import Outbox
import PostgreSQL

/// The links of the chain beyond totals: what was charged for them, lines, invoices, and what Stripe is told of those.
///
/// All that is small is compared each time: there is a row for a metric and period, not for a record. Records behind
/// lines, and entries in the outbox's history, are read of periods alone that were not proven before or have changed.
public struct ChainVerification: VerificationPart {
  /// Of the last chunk: closed periods of which nothing waits to be sent.
  private var told: [ToldPeriods.Candidate] = []

  public init() {}

  public mutating func differences(
    in scope: VerificationScope, on connection: Connection
  ) throws(LedgerError) -> [Difference] {
    let books = try database { () throws(PostgreSQLError) in
      try ChainReader(connection: connection, companies: scope.companies).read()
    }
    let priced = try PricedPeriods(of: scope.companies, on: connection)
    var found: [Difference] = []
    for (company, books) in books {
      let check = ChainCheck(books) { priced.terms(of: company, periodStart: $0) }
      found += check.found.map { Difference(company, .books($0)) }
    }
    found += try lineRecords(scope, books, connection)
    found += try entries(scope, books, priced, connection)
    return found
  }

  public mutating func keep(_ companies: Set<CompanyID>, on connection: Connection) throws(LedgerError) {
    let told = told.filter { companies.contains($0.company) }
    try database { () throws(PostgreSQLError) in try ToldPeriods(connection: connection).keep(told) }
    self.told = []
  }

  // MARK: - Records behind lines

  private func lineRecords(
    _ scope: VerificationScope, _ books: [CompanyID: ChainBooks], _ connection: Connection
  ) throws(LedgerError) -> [Difference] {
    let starts = books.mapValues { Set($0.lines.compactMap(\.usage?.key.periodStart)) }
    let periods = scope.periods.filter { starts[$0.company]?.contains($0.bounds.start) ?? false }
      .map { (company: $0.company, start: $0.bounds.start) }
    let figures = try database { () throws(PostgreSQLError) in
      try LineTotals(connection: connection).figures(of: periods, scope.metrics, months: scope.months)
    }
    var found: [Difference] = []
    for (company, books) in books {
      for line in books.lines {
        guard let usage = line.usage, let figure = figures[LineTotals.Key(company: company, line: line.number)],
          figure != usage.totalQuantity
        else { continue }
        var difference = ChainLink.lineRecords.difference(stored: usage.totalQuantity, expected: figure)
        difference.place(at: line)
        found.append(Difference(company, .books(difference)))
      }
    }
    return found
  }

  // MARK: - Entries

  private mutating func entries(
    _ scope: VerificationScope, _ books: [CompanyID: ChainBooks], _ priced: PricedPeriods, _ connection: Connection
  ) throws(LedgerError) -> [Difference] {
    let candidates = try database { () throws(PostgreSQLError) in
      try ToldPeriods(connection: connection).candidates(scope.companies)
    }
    let known = scope.isFull ? [] : candidates.filter(\.isProven)
    let proven = Dictionary(grouping: known, by: \.company).mapValues { Set($0.map(\.periodStart)) }
    // What a period's entries tell of has happened since it began.
    let starts = books.flatMap { company, books in
      books.periods.map(\.start).filter { !(proven[company]?.contains($0) ?? false) }
    }
    guard let since = starts.min()?.start else { return [] }
    let (entries, reported, droppedBefore) = try outboxBooks(scope.companies, since: since, connection)
    var found: [Difference] = []
    var waiting: [CompanyID: Set<CivilDate>] = [:]
    for (company, books) in books {
      let check = EntryCheck(
        books, entries[company] ?? [], reported[company] ?? [], proven: proven[company] ?? [],
        droppedBefore: droppedBefore, fee: { priced.terms(of: company, periodStart: $0)?.baseFee })
      found += check.found.map { Difference(company, .books($0)) }
      waiting[company] = check.waiting
    }
    told = candidates.filter { !$0.isProven && !(waiting[$0.company]?.contains($0.periodStart) ?? false) }
    return found
  }

  private typealias OutboxSide = (
    entries: [CompanyID: [OutboxBooks.Entry]], reported: [CompanyID: [OutboxBooks.Reported]], droppedBefore: Instant?
  )

  private func outboxBooks(
    _ companies: [CompanyID], since: Instant, _ connection: Connection
  ) throws(LedgerError) -> OutboxSide {
    do throws(OutboxError) {
      let outbox = try OutboxBooks(connection)
      return (
        Dictionary(grouping: try outbox.entries(of: companies, since: since), by: \.company),
        Dictionary(grouping: try outbox.reported(of: companies, since: since), by: \.company),
        try outbox.droppedBefore()
      )
    } catch {
      if case .database(let error) = error { throw .database(error) }
      throw .unexpected("\(error)")
    }
  }

  // MARK: - Numbers

  public func commonDifferences(on connection: Connection) throws(LedgerError) -> [Difference] {
    try database { () throws(PostgreSQLError) in
      // One statement is one snapshot.
      let rows = try connection.query(
        """
        SELECT former + 1, next - 1 FROM (
          SELECT invoice_no AS next, lag(invoice_no, 1, 0::bigint) OVER (ORDER BY invoice_no) AS former
          FROM billing.invoices
          UNION ALL
          SELECT last + 1, coalesce((SELECT max(invoice_no) FROM billing.invoices), 0) FROM billing.invoice_numbers
        ) AS n WHERE next <> former + 1 ORDER BY 1
        """)
      return try rows.map { row throws(PostgreSQLError) in
        let (first, last) = (try row.decode(Int64.self, at: 0), try row.decode(Int64.self, at: 1))
        let isGap = first <= last
        return Difference(
          nil,
          .books(
            ChainLink.invoiceNumbers.difference(
              stored: isGap ? "no invoice" : "last number \(last)",
              expected: !isGap ? "last number \(first - 1)" : first == last ? "\(first)" : "\(first) to \(last)")))
      }
    }
  }

  private func database<Value>(_ body: () throws(PostgreSQLError) -> Value) throws(LedgerError) -> Value {
    do throws(PostgreSQLError) { return try body() } catch { throw .database(error) }
  }
}
