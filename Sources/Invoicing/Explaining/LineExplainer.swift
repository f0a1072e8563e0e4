import Billing
import Ledger
import PostgreSQL
import Storage

/// Says what a line is made of, down to usage records, and proves that it is right: from the records to the total, from
/// the total to its price, from the price to the line.
///
/// Sums are made by the database: a line may have a million records. All of it is read as of one moment.
public struct LineExplainer {
  /// So many deciding records are shown.
  private static let decidingRecords = 100

  private let connection: Connection

  /// - Parameter connection: a line of a large company takes its time: its `queryTimeout` must allow for it.
  public init(_ connection: Connection) { self.connection = connection }

  /// - Parameters:
  ///   - limit: how many of the line's records are listed.
  ///   - skip: how many of them are passed over first.
  /// - Returns: `nil` when there is no such line.
  public func explain(_ number: Int64, limit: Int, skip: Int = 0) throws(InvoicingError) -> LineExplanation? {
    let reader = InvoiceReader(connection)
    return try reader.snapshot { () throws(InvoicingError) in
      guard let invoice = try reader.invoice(ofLine: number), let whole = try reader.read(invoice, withParts: true),
        let line = whole.lines.first(where: { $0.number == number })
      else { return nil }
      let prices = try reader.prices(of: whole.invoice.company)
      switch line.content {
      case .baseFee(let days, let fee): return baseFee(whole.invoice, line, days, fee)
      case .charge(let number, _): return try charge(whole.invoice, line, number)
      case .usage(let usage): return try self.usage(whole.invoice, line, usage, prices, limit: limit, skip: skip)
      }
    }
  }

  // MARK: - Fees and charges

  private func baseFee(
    _ invoice: InvoiceRecord, _ line: InvoiceLineRecord, _ days: Int, _ whole: Amount?
  ) -> LineExplanation {
    let computed = whole.flatMap { try? BaseFee.amount($0, days: days, of: line.period) }
    var proof = LineProof()
    proof.compare("the plan's fee for \(days) of \(line.period.days) days", line.amount, computed)
    return LineExplanation(
      invoice: invoice, line: line,
      basis: .baseFee(LineExplanation.BaseFee(whole: whole, days: days, ofDays: line.period.days)),
      computed: computed, disagreements: proof.disagreements)
  }

  private func charge(
    _ invoice: InvoiceRecord, _ line: InvoiceLineRecord, _ number: Int64
  ) throws(InvoicingError) -> LineExplanation {
    let charge = try database { () throws(PostgreSQLError) -> LineExplanation.Charge? in
      let rows = try connection.query(
        """
        SELECT kind, occurred_at, recorded_at, minor_units, currency FROM billing.charges
        WHERE company_id = \(invoice.company) AND charge_number = \(number)
        """)
      return try rows.first.map { row throws(PostgreSQLError) in
        LineExplanation.Charge(
          number: number, kind: try row.decode(at: 0), occurredAt: try row.decode(at: 1),
          recordedAt: try row.decode(at: 2),
          amount: Amount(minorUnits: Int128(try row.decode(Int64.self, at: 3)), currency: try row.currency(at: 4)))
      }
    }
    var proof = LineProof()
    proof.compare("the amount of charge \(number)", line.amount, charge?.amount)
    return LineExplanation(
      invoice: invoice, line: line, basis: .charge(charge), computed: charge?.amount,
      disagreements: proof.disagreements)
  }

  // MARK: - Usage

  private func usage(
    _ invoice: InvoiceRecord, _ line: InvoiceLineRecord, _ usage: InvoiceLineRecord.Usage, _ prices: CompanyPrices,
    limit: Int, skip: Int
  ) throws(InvoicingError) -> LineExplanation {
    let records = LineRecords(
      connection: connection, company: invoice.company, metric: usage.metric, period: line.period, line: usage.totalLine
    )
    let metric = prices.metrics[usage.metric]
    let isArchived = try ledger { () throws(LedgerError) in try LedgerMonths(connection).isArchived(line.period) }
    let former = try formerLines(invoice, line, usage)
    let currency = invoice.currency
    let priced = usage.rate.flatMap { try? Pricing.cost(of: usage.totalQuantity, at: $0, currency: currency) }
    let formerAmount = try? Amount.sum(former.map(\.amount), currency: currency)
    let explained = try database { () throws(PostgreSQLError) in
      let sums = isArchived ? (0, 0, .zero) : try records.sums()
      let figures =
        isArchived
        ? [:]
        : try LineTotals(connection: connection).figures(
          of: [(invoice.company, line.period.start)], prices.metrics, months: records.months, only: usage.metric)
      return LineExplanation.Usage(
        aggregation: metric?.aggregation, former: former, isArchived: isArchived, usageRecords: sums.0,
        voids: sums.1, recordedQuantity: sums.2,
        records: isArchived ? [] : try records.page(limit: limit, skip: skip), skipped: skip,
        deciding: try isArchived
          ? []
          : metric.map { (metric) throws(PostgreSQLError) in
            try records.deciding(metric.aggregation, limit: Self.decidingRecords)
          } ?? [],
        computedTotal: figures[LineTotals.Key(company: invoice.company, line: line.number)], priced: priced,
        formerAmount: formerAmount ?? .zero(currency))
    }
    let computed = priced.flatMap { priced in formerAmount.flatMap { try? priced.amount.subtracting($0) } }
    return LineExplanation(
      invoice: invoice, line: line, basis: .usage(explained), computed: computed,
      disagreements: LineProof(line, usage, explained, computed).disagreements)
  }

  private func formerLines(
    _ invoice: InvoiceRecord, _ line: InvoiceLineRecord, _ usage: InvoiceLineRecord.Usage
  ) throws(InvoicingError) -> [LineExplanation.Usage.Former] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT line_no, invoice_no, quantity, total_quantity, amount FROM billing.invoice_lines
        WHERE company_id = \(invoice.company) AND metric = \(usage.metric) AND period_start = \(line.period.start)
          AND total_line < \(usage.totalLine) ORDER BY total_line
        """)
      return try rows.map { row throws(PostgreSQLError) in
        LineExplanation.Usage.Former(
          number: try row.decode(at: 0), invoice: try row.invoiceNumber(at: 1), quantity: try row.decode(at: 2),
          totalQuantity: try row.decode(at: 3),
          amount: Amount(minorUnits: try row.minorUnits(at: 4), currency: invoice.currency))
      }
    }
  }
}
