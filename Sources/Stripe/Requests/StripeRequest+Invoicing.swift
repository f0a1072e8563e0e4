import Billing
import Outbox

/// Whose effect it is, and the key that its attempts share: kept from the first attempt on, changed only when a look-up
/// has shown that nothing came of it.
struct EffectKey: Hashable, Sendable {
  let company: CompanyID
  let id: EntryID
  let generation: Int

  var idempotencyKey: StripeText { generation == 0 ? "\(id)" : "\(id)-\(generation)" }

  /// Our names of the effect, by which a look-up finds it.
  func addMetadata(to parameters: inout StripeParameters) {
    parameters.add("metadata[entry_id]", id)
    parameters.add("metadata[company_id]", company)
  }
}

extension StripeRequest {
  /// `POST /v1/invoiceitems`.
  ///
  /// - Parameter draft: Stripe's name of the draft that it is attached to; `nil` for the customer's next invoice.
  /// - Returns: `nil` when Stripe's unit of the currency does not express the amount.
  static func invoiceItem(
    _ item: InvoiceItem, _ key: EffectKey, customer: RemoteID, draft: RemoteID?
  ) -> StripeRequest? {
    guard let amount = StripeAmount.minorUnits(Int128(item.minorUnits), item.currency) else { return nil }
    var parameters = StripeParameters()
    parameters.add("customer", customer)
    parameters.add("amount", amount)
    parameters.add("currency", item.currency)
    parameters.add("description", item.line.description)
    if let period = item.line.period {
      parameters.add("period[start]", period.start.start.wholeSeconds)
      // Stripe's end is the last second that belongs to it.
      parameters.add("period[end]", period.end.start.wholeSeconds - 1)
    }
    if let draft { parameters.add("invoice", draft) }
    key.addMetadata(to: &parameters)
    item.line.addMetadata(to: &parameters)
    return StripeRequest(
      post: "/v1/invoiceitems", .parameters(parameters), key: key.idempotencyKey, endpoint: .invoiceItems)
  }

  /// `POST /v1/invoices`: a draft without lines, which Stripe leaves alone until we finalize it.
  static func invoice(_ invoice: InvoiceCreation, _ key: EffectKey, customer: RemoteID) -> StripeRequest {
    var parameters = StripeParameters()
    parameters.add("customer", customer)
    parameters.add("currency", invoice.currency)
    parameters.add("auto_advance", false)
    // Its lines are attached one by one: what else is pending belongs to somebody else's invoice.
    parameters.add("pending_invoice_items_behavior", "exclude" as StripeText)
    key.addMetadata(to: &parameters)
    parameters.add("metadata[invoice_number]", invoice.number)
    parameters.add(invoice.period)
    return StripeRequest(post: "/v1/invoices", .parameters(parameters), key: key.idempotencyKey, endpoint: .invoices)
  }

  /// `POST /v1/invoices/{id}/finalize`: from here on Stripe collects.
  static func finalizeInvoice(_ invoice: RemoteID, _ key: EffectKey) -> StripeRequest {
    var parameters = StripeParameters()
    parameters.add("auto_advance", true)
    return StripeRequest(
      post: "/v1/invoices/\(invoice)/finalize", .parameters(parameters), key: key.idempotencyKey,
      endpoint: .finalizeInvoice)
  }

  /// `POST /v1/customers`.
  static func customer(_ key: EffectKey, name: CompanyDisplayName?) -> StripeRequest {
    var parameters = StripeParameters()
    if let name { parameters.add("name", StripeText(name)) }
    key.addMetadata(to: &parameters)
    return StripeRequest(post: "/v1/customers", .parameters(parameters), key: key.idempotencyKey, endpoint: .customers)
  }
}

extension StripeParameters {
  fileprivate mutating func add(_ period: BillingPeriod) {
    add("metadata[period_start]", period.start)
    add("metadata[period_end]", period.end)
  }
}

extension InvoiceLine {
  /// What the customer reads.
  var description: StripeText {
    switch self {
    case .usage(let metric, let quantity, let period): "\(metric): \(quantity), \(Self.days(period))"
    case .late(let metric, let quantity, let period): "\(metric), late usage: \(quantity), \(Self.days(period))"
    case .converted(let metric, let quantity, let period): "\(metric), usage: \(quantity), \(Self.days(period))"
    case .baseFee(let period): "Base fee, \(Self.days(period))"
    case .charge(let kind, let number): "\(kind), charge \(number)"
    }
  }

  private static func days(_ period: BillingPeriod) -> StripeText { "\(period.start) to \(period.lastDay)" }

  /// Our ids and numbers alone: Stripe gets one line for a metric, and nothing of whom the usage was for.
  fileprivate func addMetadata(to parameters: inout StripeParameters) {
    parameters.add("metadata[line]", kind)
    if let metric { parameters.add("metadata[metric]", metric) }
    if let quantity { parameters.add("metadata[quantity]", quantity) }
    if case .charge(let kind, let number) = self {
      parameters.add("metadata[charge_kind]", kind)
      parameters.add("metadata[charge_number]", number)
    }
    if let period { parameters.add(period) }
  }

  private var kind: StripeText {
    switch self {
    case .usage: "usage"
    case .late: "late"
    case .converted: "converted"
    case .baseFee: "base_fee"
    case .charge: "charge"
    }
  }
}
