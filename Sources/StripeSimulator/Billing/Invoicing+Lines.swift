extension Invoicing {
  func line(of id: String, on invoice: Invoice) -> InvoiceLine? {
    guard let item = world.billing.invoiceItems[id] else { return nil }
    return InvoiceLine(
      id: item.line, created: item.created, isLive: item.isLive, invoice: invoice.id,
      parent: .invoiceItem(item.id, subscription: item.subscription, isProration: item.isProration), price: item.price,
      quantity: item.quantity, unitAmount: item.unitAmount, amount: item.amount, currency: item.currency,
      description: item.description, period: item.period, isDiscountable: item.isDiscountable, metadata: item.metadata)
  }

  /// The usage of a span, by what the meter has counted until now.
  func lines(of span: MeteredSpan, on invoice: Invoice) -> [InvoiceLine] {
    guard let meter = span.price.meter else { return [] }
    let usage = world.billedUsage(of: invoice.customer, meter: meter, in: span.span)
    if span.isFormer, usage == .zero { return [] }
    return lines(
      span.price.scheme.charges(for: usage), of: span.price, item: span.item, span.metadata, span.span, on: invoice,
      id: span.line)
  }

  /// A licensed item for a period to come, or for a part of one.
  ///
  /// - Parameter whole: the period that `period` is a part of.
  func lines(
    of item: SubscriptionItem, for period: TimeSpan, of whole: TimeSpan, on invoice: Invoice
  ) -> [InvoiceLine] {
    let charges = item.price.scheme.charges(for: Decimal(item.quantity ?? 1)).map { charge in
      period == whole ? charge : charge.share(period.seconds, of: whole.seconds)
    }
    return lines(charges, of: item.price, item: item.id, item.metadata, period, on: invoice, id: world.ids.next("il_"))
  }

  private func lines(
    _ charges: [PriceCharge], of price: Price, item: String, _ metadata: Metadata, _ period: TimeSpan,
    on invoice: Invoice, id: String
  ) -> [InvoiceLine] {
    let product = world.billing.products[price.product]?.displayName ?? price.product
    return charges.enumerated().map { index, charge in
      InvoiceLine(
        id: index == 0 ? id : "\(id)\(index)", created: invoice.created, isLive: invoice.isLive, invoice: invoice.id,
        parent: .subscriptionItem(item, subscription: invoice.subscription ?? ""), price: price,
        quantity: charge.quantity, unitAmount: charge.unitAmount, amount: charge.amount, currency: price.currency,
        description: charge.description(of: product, price), period: period, isDiscountable: true, metadata: metadata)
    }
  }
}
