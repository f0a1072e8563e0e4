import Billing

/// One effect owed to Stripe. What Stripe is told is made of these fields alone: identifiers with checked forms, numbers
/// and dates, so that no text of a message can get there.
public enum Effect: Hashable, Sendable {
  /// What a meter shall count for the company.
  case meterEvent(MeterEvent)
  /// A line on the company's next invoice, or on the one it names.
  case invoiceItem(InvoiceItem)
  /// The company itself, as a customer.
  case customer
  /// An invoice, still a draft.
  case invoice(InvoiceCreation)
  /// A draft that Stripe makes by itself, for a subscription: found, so that lines can be attached to it. Nothing is made.
  case adoptInvoice(InvoiceAdoption)
  /// The end of the draft.
  case finalizeInvoice(InvoiceFinalization)

  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case meterEvent = "meter_event"
    case invoiceItem = "invoice_item"
    case customer
    case invoice
    case adoptInvoice = "adopt_invoice"
    case finalizeInvoice = "finalize_invoice"
  }

  public var kind: Kind {
    switch self {
    case .meterEvent: .meterEvent
    case .invoiceItem: .invoiceItem
    case .customer: .customer
    case .invoice: .invoice
    case .adoptInvoice: .adoptInvoice
    case .finalizeInvoice: .finalizeInvoice
    }
  }

  /// In which of the company's sequences it is sent.
  public var orderingKey: OrderingKey {
    switch self {
    case .meterEvent(let event): .meter(event.metric)
    case .customer: .customer
    case .invoiceItem, .invoice, .adoptInvoice, .finalizeInvoice: .items
    }
  }

  /// Whose quantity a meter event is a part of.
  public var meteredPeriod: BillingPeriod? {
    if case .meterEvent(let event) = self { return event.period }
    return nil
  }

  /// The invoice of ours that Stripe must know before this can be sent.
  public var neededInvoice: InvoiceNumber? {
    switch self {
    case .invoiceItem(let item): item.invoice
    case .finalizeInvoice(let finalization): finalization.number
    case .meterEvent, .customer, .invoice, .adoptInvoice: nil
    }
  }
}
