import Billing
import Ledger
import Outbox
import PostgreSQL
import Storage

/// Invoices as people see them.
public struct InvoiceReader {
  /// Which invoices are asked for.
  public struct Question: Sendable {
    public var company: CompanyID?
    public var state: InvoiceRecord.State?
    /// Of periods that end after this day.
    public var from: CivilDate?
    /// Of periods that begin before this day.
    public var to: CivilDate?

    public init(
      company: CompanyID? = nil, state: InvoiceRecord.State? = nil, from: CivilDate? = nil, to: CivilDate? = nil
    ) {
      self.company = company
      self.state = state
      self.from = from
      self.to = to
    }
  }

  /// An invoice with its lines, in the order in which they were written.
  public struct Whole: Sendable {
    public let invoice: InvoiceRecord
    public let lines: [InvoiceLineRecord]
  }

  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// A page of invoices, by number.
  public func list(
    _ question: Question, after last: InvoiceNumber? = nil, limit: Int = 1000
  ) throws(InvoicingError) -> [InvoiceRecord] {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        \(unescaped: Self.selection)
        WHERE i.invoice_no > \(last?.value ?? 0) AND (\(question.company) IS NULL OR i.company_id = \(question.company))
          AND (\(question.state?.rawValue) IS NULL OR i.state = \(question.state?.rawValue))
          AND (\(question.from) IS NULL OR i.period_end > \(question.from))
          AND (\(question.to) IS NULL OR i.period_start < \(question.to))
        ORDER BY i.invoice_no LIMIT \(limit)
        """)
      return try rows.map { row throws(PostgreSQLError) in try Self.invoice(row) }
    }
  }

  /// - Parameter withParts: reads the parts of itemized lines, too.
  /// - Returns: `nil` when there is none of the number.
  public func show(_ number: InvoiceNumber, withParts: Bool = false) throws(InvoicingError) -> Whole? {
    try snapshot { () throws(InvoicingError) in try read(number, withParts: withParts) }
  }

  /// `show` within a snapshot.
  func read(_ number: InvoiceNumber, withParts: Bool) throws(InvoicingError) -> Whole? {
    let invoice = try database { () throws(PostgreSQLError) -> InvoiceRecord? in
      try connection.query("\(unescaped: Self.selection) WHERE i.invoice_no = \(number.value)").first
        .map { row throws(PostgreSQLError) in try Self.invoice(row) }
    }
    guard let invoice else { return nil }
    let reader = LineReader(connection: connection, invoice: invoice, prices: try prices(of: invoice.company))
    return Whole(
      invoice: invoice, lines: try database { () throws(PostgreSQLError) in try reader.lines(withParts: withParts) })
  }

  /// The invoice that a line is on; `nil` when there is no such line.
  func invoice(ofLine line: Int64) throws(InvoicingError) -> InvoiceNumber? {
    try database { () throws(PostgreSQLError) in
      try connection.query("SELECT invoice_no FROM billing.invoice_lines WHERE line_no = \(line)").first
        .map { row throws(PostgreSQLError) in try row.invoiceNumber(at: 0) }
    }
  }

  func prices(of company: CompanyID) throws(InvoicingError) -> CompanyPrices {
    try ledger { () throws(LedgerError) in try CompanyPrices(of: company, on: connection) }
  }

  /// As of one moment.
  func snapshot<Value>(_ read: () throws(InvoicingError) -> Value) throws(InvoicingError) -> Value {
    do throws(TransactionError<InvoicingError>) {
      return try connection.withTransaction(isolation: .repeatableRead, readOnly: true) { _ throws(InvoicingError) in
        try read()
      }
    } catch {
      switch error {
      case .bodyFailed(let error, _): throw error
      case .beginFailed(let error), .commitFailed(let error, _), .commitOutcomeUnknown(let error):
        throw .ledger(.database(error))
      }
    }
  }

  private static let selection: StaticString = """
    SELECT i.invoice_no, i.company_id, c.display_name, i.type, i.state, i.route::text, i.period_start, i.period_end,
      p.plan_id, i.currency, i.total, i.created_at, i.finalized_at, r.reference,
      (SELECT count(*) FROM billing.invoice_lines l WHERE l.company_id = i.company_id AND l.invoice_no = i.invoice_no)
    FROM billing.invoices i
    JOIN billing.companies c ON c.company_id = i.company_id
    LEFT JOIN billing.billing_periods p ON p.company_id = i.company_id AND p.period_start = i.period_start
    LEFT JOIN billing.outbox_references r
      ON r.company_id = i.company_id AND r.kind = 'invoice' AND r.own_id = i.invoice_no
    """

  private static func invoice(_ row: Row) throws(PostgreSQLError) -> InvoiceRecord {
    guard let kind = InvoiceRecord.Kind(rawValue: try row.decode(at: 3)),
      let state = InvoiceRecord.State(rawValue: try row.decode(at: 4)),
      let route = InvoiceRecord.Route(rawValue: try row.decode(at: 5))
    else { throw PostgreSQLError(.decoding, "a stored value is not an invoice's type, state or route") }
    return InvoiceRecord(
      number: try row.invoiceNumber(at: 0), company: try row.decode(at: 1), displayName: try row.decode(at: 2),
      kind: kind, state: state, route: route, period: try row.period(at: 6), plan: try row.decode(at: 8),
      total: Amount(minorUnits: try row.minorUnits(at: 10), currency: try row.currency(at: 9)),
      createdAt: try row.decode(at: 11), finalizedAt: try row.decode(at: 12), stripeReference: try row.decode(at: 13),
      lineCount: Int(try row.decode(Int64.self, at: 14)))
  }
}
