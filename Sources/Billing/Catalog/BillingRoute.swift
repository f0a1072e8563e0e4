/// How a rate's usage reaches the customer's bill. A line has one route, never two.
public enum BillingRoute: String, Hashable, Sendable, CaseIterable {
  /// Quantities are reported to a Stripe meter, which prices them.
  case stripeMeter = "stripe_meter"
  /// The priced line becomes an item on the invoice.
  case invoiceItem = "invoice_item"
  /// Counted and shown, never billed.
  case unbilled = "none"
}
