import Billing
import PostgreSQL

/// An invoice that we create at Stripe for a company without a subscription: usage of metered metrics goes on it as items.
public struct MeteredInvoice: Hashable, Sendable {
  public let company: CompanyID
  /// Of this and of earlier periods, what nobody was told of.
  public let period: BillingPeriod
  public let number: InvoiceNumber
}

/// Puts on invoices what Stripe's meters were not told of.
public protocol MeterSettling {
  /// Writes the items' entries, attached to the invoices, within the transaction that makes these: between the entries
  /// that create them and those that finalize them.
  ///
  /// - Parameter invoices: in the order of companies; their sequences are locked.
  func settle(_ invoices: [MeteredInvoice], on connection: Connection, now: Instant) throws(InvoicingError)
}

/// Leaves metered usage to the meter reports.
struct NoMeterSettling: MeterSettling {
  func settle(_ invoices: [MeteredInvoice], on connection: Connection, now: Instant) throws(InvoicingError) {}
}
