import Billing
import Outbox
import Stripe

/// Compares invoices that are final at Stripe, and on which of them the lines stand that are items. Pure.
struct InvoiceComparison {
  let company: CompanyID
  let invoices: [BookedInvoice]
  let listed: [ListedInvoice]
  let items: [ListedInvoiceItem]

  /// In the order of numbers.
  var discrepancies: [Discrepancy] {
    let byEntry = Dictionary(items.compactMap { item in item.entry.map { ($0, item) } }) { first, _ in first }
    return invoices.sorted { $0.number.value < $1.number.value }.flatMap { invoice -> [Discrepancy] in
      guard let there = counterpart(of: invoice) else {
        return isExpected(invoice) ? [.invoiceMissing(company, invoice)] : []
      }
      guard !there.isDraft else { return [] }
      var found: [Discrepancy] = []
      var elsewhere: Int128 = 0
      for entry in invoice.items.sorted(by: { $0.description < $1.description }) {
        // What is not listed at all is an item's own difference.
        guard let item = byEntry[entry], item.invoice != there.id else { continue }
        elsewhere += Int128(item.minorUnits)
        // After the draft was lost that is where it has to be.
        if invoice.reference != .nextInvoice { found.append(.lineElsewhere(company, invoice, entry, item)) }
      }
      let due = invoice.total.minorUnits - elsewhere
      if Int128(there.total) != due || there.currency != invoice.total.currency {
        found.append(.invoiceTotal(company, invoice, there))
      }
      return found
    }
  }

  private func counterpart(of invoice: BookedInvoice) -> ListedInvoice? {
    if let id = invoice.reference?.id { return listed.first { $0.id == id } }
    guard case .subscription(let subscription?) = invoice.way else { return nil }
    return listed.first { $0.cycleOf == subscription && $0.periodEnd == invoice.period.end.start }
  }

  /// Whether Stripe must have it by now: one that we made is there since it has a name; a subscription's, once ours is open.
  private func isExpected(_ invoice: BookedInvoice) -> Bool {
    switch invoice.way {
    case .made: invoice.reference?.id != nil
    case .subscription: invoice.isOpen
    }
  }
}
