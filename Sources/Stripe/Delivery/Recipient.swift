import Billing
import Outbox

/// Whom an entry goes to, as its claim knows it.
struct Recipient: Hashable, Sendable {
  let company: CompanyID
  let customer: RemoteID?
  let subscription: RemoteID?
  /// The draft that the entry needs.
  let invoice: InvoiceReference?
  let displayName: CompanyDisplayName?

  init(_ claim: Claim) {
    company = claim.company
    customer = claim.stripeCustomer
    subscription = claim.stripeSubscription
    invoice = claim.invoiceReference
    displayName = claim.displayName.flatMap { CompanyDisplayName($0) }
  }

  /// Whether the claim has what it should have: the customer, the invoice.
  func isComplete(for effect: Effect) -> Bool {
    (effect.kind == .customer || customer != nil) && (effect.neededInvoice == nil || invoice != nil)
  }
}

extension Delivery {
  /// The entry's effect as a request; `nil` when it cannot be one.
  var request: StripeRequest? {
    let key = EffectKey(company: recipient.company, id: entry.id, generation: entry.keyGeneration)
    switch entry.effect {
    case .customer: return .customer(key, name: recipient.displayName)
    case .meterEvent: return streamed.map { .meterEvent($0, attempt: entry.attempts) }
    case .invoiceItem(let item):
      let draft = item.invoice.flatMap { _ in recipient.invoice?.id }
      return recipient.customer.flatMap { .invoiceItem(item, key, customer: $0, draft: draft) }
    case .invoice(let invoice): return recipient.customer.map { .invoice(invoice, key, customer: $0) }
    case .adoptInvoice: return nil
    case .finalizeInvoice: return recipient.invoice?.id.map { .finalizeInvoice($0, key) }
    }
  }
}

extension Effect {
  var endpoint: StripeEndpoint {
    switch self {
    case .meterEvent: .meterEvents
    case .invoiceItem: .invoiceItems
    case .customer: .customers
    case .invoice, .adoptInvoice: .invoices
    case .finalizeInvoice: .finalizeInvoice
    }
  }
}

extension LookUp {
  var endpoint: StripeEndpoint {
    switch self {
    case .meter: .meters
    case .summary: .meterEventSummaries
    case .invoiceItems: .invoiceItems
    case .invoices, .invoice, .subscriptionDraft: .invoices
    case .customers: .customers
    }
  }
}
