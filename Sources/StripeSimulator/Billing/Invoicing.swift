/// What invoices consist of.
struct Invoicing {
  let world: World

  /// A draft for a subscription without its lines.
  func draft(
    of subscription: Subscription, _ reason: Invoice.BillingReason, period: TimeSpan, at time: Int
  ) -> Invoice {
    Invoice(
      id: world.ids.next(reason == .upcoming ? "upcoming_in_" : "in_"), created: time, isLive: subscription.isLive,
      customer: subscription.customer, currency: subscription.currency, reason: reason, subscription: subscription.id,
      subscriptionMetadata: subscription.metadata, period: period, collectionMethod: subscription.collectionMethod,
      autoAdvance: true)
  }

  /// The oldest items that wait for the customer's next invoice, as many as it has room for; the others go on waiting.
  ///
  /// - Parameter isWanted: which of them.
  func pendingItems(for invoice: Invoice, where isWanted: (InvoiceItem) -> Bool) -> [String] {
    let waiting = world.billing.pendingItems[invoice.customer] ?? []
    let fitting = waiting.filter { id in
      guard let item = world.billing.invoiceItems[id] else { return false }
      return item.currency == invoice.currency && isWanted(item)
    }
    return Array(fitting.prefix(max(Invoice.largestItemCount - invoice.itemCount, 0)))
  }

  /// Takes items along that waited.
  func attach(_ items: [String], to invoice: inout Invoice) {
    guard !items.isEmpty else { return }
    for id in items {
      guard var item = world.billing.invoiceItems[id] else { continue }
      item.invoice = invoice.id
      world.billing.invoiceItems.put(item)
    }
    invoice.pendingItems += items
    let taken = Set(items)
    world.billing.pendingItems[invoice.customer]?.removeAll(where: taken.contains)
  }

  /// Keeps a draft, and has it finalised when its time comes.
  func keep(_ invoice: Invoice) {
    world.billing.invoices.put(invoice)
    guard invoice.isDraft, let time = invoice.finalizesAt else { return }
    world.billing.due.add(.finalize(invoice: invoice.id), at: time)
  }

  /// The invoice with the lines, and for a draft the balance, that it has by now.
  func current(_ invoice: Invoice) -> Invoice {
    guard invoice.isDraft else { return invoice }
    var invoice = invoice
    invoice.lines = lines(of: invoice)
    invoice.startingBalance = world.customers[invoice.customer]?.balance ?? 0
    return invoice
  }

  /// In Stripe's order: items that waited, the newest first; the subscription's; items put on it later.
  private func lines(of invoice: Invoice) -> [InvoiceLine] {
    invoice.pendingItems.reversed().compactMap { line(of: $0, on: invoice) } + invoice.licensedLines
      + invoice.meteredSpans.flatMap { lines(of: $0, on: invoice) }
      + invoice.addedItems.compactMap { line(of: $0, on: invoice) }
  }
}
