/// Prices, subscriptions, invoice items and invoices: what is kept of them, without what is done with them.
struct BillingBook: Sendable {
  var products = ObjectStore<Product>()
  var prices = ObjectStore<Price>()
  var subscriptions = ObjectStore<Subscription>(by: { $0.customer })
  var invoiceItems = ObjectStore<InvoiceItem>(by: { $0.customer })
  var invoices = ObjectStore<Invoice>(by: { $0.customer })

  /// Price ids by lookup key, which is only ever one price's.
  var lookupKeys: [String: String] = [:]
  /// Subscription ids by the ids of their items.
  var subscriptionsByItem: [String: String] = [:]
  /// Ids of the items that wait for an invoice, by customer, the oldest first.
  var pendingItems: [String: [String]] = [:]
  var due = DueQueue()
  /// How many invoices have got a number.
  var numberedInvoices = 0
}
