import Billing
import Faults
import Ledger
import Outbox
import PostgreSQL
import Storage

/// Writes invoices within the caller's transaction: numbers, lines, what of totals stands on lines, and outbox entries.
///
/// Every total of a line is locked by the caller, and so is what else decides the lines. Who takes numbers makes all others
/// who write invoices wait: what has to be computed or read for a while comes before.
struct InvoiceWriter {
  let connection: Connection
  let now: Instant
  let failpoints: Failpoints

  /// - Parameters:
  ///   - closed: companies that Stripe is told of, not yet with a number: what of metered usage the meters will not have counted becomes items of the company's invoice among the
  ///     drafts, or of the customer's next one where there is none.
  ///   - priced: of those companies.
  /// - Returns: what was settled for them.
  @discardableResult
  func write(
    _ drafts: [InvoiceDraft], settling closed: [MeterSettlement.Settled] = [], _ priced: PricedPeriods
  ) throws(InvoicingError) -> MeterReportSummary {
    guard !drafts.isEmpty || !closed.isEmpty else { return MeterReportSummary() }
    let table = InvoiceTable(connection: connection)
    let parts = try ItemizedParts(connection: connection).read(drafts.flatMap { $0.lines.compactMap(\.usage) })
    let numbers = try database { () throws(PostgreSQLError) in
      try table.raiseLines(drafts)
      try table.saveCharged(drafts)
      try ChargeRows(connection: connection).markBilled(drafts.flatMap(\.charges))
      return drafts.isEmpty ? [] : try table.takeNumbers(drafts.count)
    }
    failpoints.pass(PeriodCloseStep.afterNumbers)
    let metered = try settle(closed, Dictionary(uniqueKeysWithValues: zip(drafts.map(\.company), numbers)), priced)
    var random = SystemRandomNumberGenerator()
    let invoices = zip(drafts, numbers).map { draft, number in
      NumberedInvoice(draft, number: number, metered: metered.entries[draft.company] ?? [], now: now, using: &random)
    }
    let billed = Set(drafts.map(\.company))
    let others = metered.entries.filter { !billed.contains($0.key) }.sorted { $0.key < $1.key }.flatMap(\.value)
    try database { () throws(PostgreSQLError) in
      try table.insert(invoices, now: now)
      try table.insertLines(invoices, parts: parts)
    }
    failpoints.pass(PeriodCloseStep.afterInvoices)
    try outbox { () throws(OutboxError) in try OutboxWriter(connection).write(invoices.flatMap(\.entries) + others) }
    failpoints.pass(PeriodCloseStep.afterEntries)
    return metered.summary
  }

  private func settle(
    _ closed: [MeterSettlement.Settled], _ numbers: [CompanyID: InvoiceNumber], _ priced: PricedPeriods
  ) throws(InvoicingError) -> MeterSettlement.Report {
    var settled = closed
    for index in settled.indices { settled[index].invoice = numbers[settled[index].company] }
    return try MeterSettlement(connection).settle(settled, priced, now: now)
  }
}

/// A draft under its number, with the entries that tell Stripe of it.
struct NumberedInvoice {
  let draft: InvoiceDraft
  let number: InvoiceNumber
  let route: InvoiceDraft.Route
  /// In the order of lines; `nil` where a line has none.
  let items: [NewEntry?]
  /// What makes or finds the invoice at Stripe, the items, and what makes it final.
  let entries: [NewEntry]
  let finalization: EntryID?

  /// - Parameter metered: items of metered usage.
  init(
    _ draft: InvoiceDraft, number: InvoiceNumber, metered: [NewEntry], now: Instant,
    using random: inout some RandomNumberGenerator
  ) {
    func entry(_ effect: Effect) -> NewEntry {
      NewEntry(id: EntryID(now: now, using: &random), company: draft.company, effect: effect)
    }
    self.draft = draft
    self.number = number
    items = draft.lines.map { line in
      // The draft has refused what does not fit.
      guard let item = line.item, let minorUnits = Int64(exactly: item.minorUnits) else { return nil }
      return entry(
        .invoiceItem(
          InvoiceItem(minorUnits: minorUnits, currency: item.currency, line: line.purpose, invoice: number)))
    }
    let own = items.compactMap(\.self) + metered
    switch draft.route {
    case .created where !own.isEmpty:
      let final = entry(.finalizeInvoice(InvoiceFinalization(number: number)))
      let creation = InvoiceCreation(number: number, period: draft.period, currency: draft.currency)
      route = .created
      entries = [entry(.invoice(creation))] + own + [final]
      finalization = final.id
    case .subscription:
      route = .subscription
      entries = [entry(.adoptInvoice(InvoiceAdoption(number: number, period: draft.period)))] + own
      finalization = nil
    case .created, .unsent:
      // With nothing to tell, Stripe has no use for it.
      route = .unsent
      entries = []
      finalization = nil
    }
  }
}
