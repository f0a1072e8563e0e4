import Billing
import Faults
import Outbox
import PostgreSQL
import Storage

/// Writes invoices within the caller's transaction: numbers, lines, what of totals stands on lines, and outbox entries.
///
/// Every total of a line is locked by the caller, and so is what else decides the lines. Numbers come last of what may
/// have to be waited for: all who write invoices go one after the other from there on.
struct InvoiceWriter {
  let connection: Connection
  let now: Instant
  let meters: any MeterSettling
  let failpoints: Failpoints

  func write(_ drafts: [InvoiceDraft]) throws(InvoicingError) {
    guard !drafts.isEmpty else { return }
    let table = InvoiceTable(connection: connection)
    let parts = try ItemizedParts(connection: connection).read(drafts.flatMap { $0.lines.compactMap(\.usage) })
    let numbers = try database { () throws(PostgreSQLError) in
      try table.raiseLines(drafts)
      try table.saveCharged(drafts)
      try ChargeRows(connection: connection).markBilled(drafts.flatMap(\.charges))
      // Whoever settles entries locks their sequences in this order.
      try table.lockSequences(drafts.filter { $0.route != .unsent }.map(\.company))
      return try table.takeNumbers(drafts.count)
    }
    failpoints.pass(PeriodCloseStep.afterNumbers)
    var random = SystemRandomNumberGenerator()
    let numbered = zip(drafts, numbers).map { NumberedInvoice($0, number: $1, now: now, using: &random) }
    try database { () throws(PostgreSQLError) in
      try table.insert(numbered, now: now)
      try table.insertLines(numbered, parts: parts)
    }
    failpoints.pass(PeriodCloseStep.afterInvoices)
    try outbox { () throws(OutboxError) in try OutboxWriter(connection).write(numbered.flatMap(\.openingEntries)) }
    let metered = numbered.filter(\.draft.takesMetered).map {
      MeteredInvoice(company: $0.draft.company, period: $0.draft.period, number: $0.number)
    }
    if !metered.isEmpty { try meters.settle(metered, on: connection, now: now) }
    try outbox { () throws(OutboxError) in try OutboxWriter(connection).write(numbered.compactMap(\.finalization)) }
    failpoints.pass(PeriodCloseStep.afterEntries)
  }
}

/// A draft under its number, with the entries that tell Stripe of it.
struct NumberedInvoice {
  let draft: InvoiceDraft
  let number: InvoiceNumber
  /// In the order of lines; `nil` where a line has none.
  let items: [NewEntry?]
  /// What makes or finds the invoice at Stripe, then the items.
  let openingEntries: [NewEntry]
  let finalization: NewEntry?

  init(_ draft: InvoiceDraft, number: InvoiceNumber, now: Instant, using random: inout some RandomNumberGenerator) {
    self.draft = draft
    self.number = number
    func entry(_ effect: Effect) -> NewEntry {
      NewEntry(id: EntryID(now: now, using: &random), company: draft.company, effect: effect)
    }
    let opening: NewEntry? =
      switch draft.route {
      case .created: entry(.invoice(InvoiceCreation(number: number, period: draft.period, currency: draft.currency)))
      case .subscription, .unsent: nil
      }
    items = draft.lines.map { line in
      // The draft has refused what does not fit.
      guard let item = line.item, let minorUnits = Int64(exactly: item.minorUnits) else { return nil }
      return entry(
        .invoiceItem(
          InvoiceItem(minorUnits: minorUnits, currency: item.currency, line: line.purpose, invoice: number)))
    }
    openingEntries = [opening].compactMap(\.self) + items.compactMap(\.self)
    finalization = draft.route == .created ? entry(.finalizeInvoice(InvoiceFinalization(number: number))) : nil
  }
}
