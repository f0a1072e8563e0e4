/// How an invoice is paid.
enum CollectionMethod: Hashable, Sendable {
  /// By the customer's payment method, which here always succeeds.
  case chargeAutomatically
  /// By the customer, within so many days after the invoice is final.
  case sendInvoice(daysUntilDue: Int)

  var name: String { daysUntilDue == nil ? "charge_automatically" : "send_invoice" }

  var daysUntilDue: Int? {
    guard case .sendInvoice(let days) = self else { return nil }
    return days
  }
}
