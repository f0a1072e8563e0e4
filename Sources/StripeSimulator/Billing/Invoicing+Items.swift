extension Invoicing {
  /// Keeps a new item: on its draft, or waiting for an invoice.
  func keep(_ item: InvoiceItem) {
    world.billing.invoiceItems.put(item)
    if let id = item.invoice, var invoice = world.billing.invoices[id] {
      invoice.addedItems.append(item.id)
      world.billing.invoices.put(invoice)
    } else {
      world.billing.pendingItems[item.customer, default: []].append(item.id)
    }
  }

  /// Takes an item away, which must not stand on an invoice that is final.
  func remove(_ item: InvoiceItem) throws(StripeFailure) {
    try checkEditable(item)
    world.billing.invoiceItems.remove(item.id)
    world.billing.pendingItems[item.customer]?.removeAll { $0 == item.id }
    if let id = item.invoice, var invoice = world.billing.invoices[id] {
      invoice.pendingItems.removeAll { $0 == item.id }
      invoice.addedItems.removeAll { $0 == item.id }
      world.billing.invoices.put(invoice)
    }
  }

  func checkEditable(_ item: InvoiceItem) throws(StripeFailure) {
    guard let id = item.invoice, let invoice = world.billing.invoices[id], !invoice.isDraft else { return }
    throw .notEditable
  }

  /// The draft that a new item is to be put on.
  func draft(_ id: String, for customer: String, currency: String) throws(StripeFailure) -> Invoice {
    let invoice = try world.billing.invoices.get(id, "invoice", param: "invoice")
    guard invoice.customer == customer else {
      throw .invalidRequest(
        "The invoice \(id) does not belong to the customer \(customer).", param: "invoice")
    }
    guard invoice.isDraft else {
      throw .notEditable
    }
    guard invoice.currency == currency else {
      throw .invalidRequest(
        "The invoice is in `\(invoice.currency)`: an item in `\(currency)` cannot be added to it.", param: "currency")
    }
    guard invoice.itemCount < Invoice.largestItemCount else {
      throw .refused(
        "Invoices can have at most \(Invoice.largestItemCount) items: \(id) is full.", param: "invoice")
    }
    return invoice
  }
}

extension StripeFailure {
  fileprivate static let notEditable = StripeFailure.refused(
    "Invalid invoice: This invoice is no longer editable", code: "invoice_not_editable", param: "invoice")
}
