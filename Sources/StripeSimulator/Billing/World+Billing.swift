extension World {
  /// How long a draft of a subscription waits for late usage, in seconds: three days at most, as at Stripe.
  var invoiceGrace: Int { Int(min(settings.invoiceGrace, .seconds(72 * 3600)).components.seconds) }

  /// A customer's currency is that of the first thing that it is to pay.
  func settleCurrency(of customer: String, _ currency: String) {
    guard var customer = customers[customer], customer.currency == nil else { return }
    customer.currency = currency
    customers.put(customer)
  }

  /// What a meter has counted for a customer by now.
  func billedUsage(of customer: String, meter: String, in span: TimeSpan) -> Decimal {
    guard let meter = meters[meter] else { return .zero }
    return usage.total(of: meter, customer: customer, from: span.start, to: span.end)
  }
}
