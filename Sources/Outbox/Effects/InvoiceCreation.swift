import Billing

/// An invoice of ours that Stripe shall have: a draft first, to which lines are attached.
public struct InvoiceCreation: Hashable, Sendable {
  public let number: InvoiceNumber
  public let period: BillingPeriod
  public let currency: Currency

  public init(number: InvoiceNumber, period: BillingPeriod, currency: Currency) {
    self.number = number
    self.period = period
    self.currency = currency
  }
}

/// An invoice of ours whose lines go to the draft that Stripe makes for the company's subscription when the period ends.
public struct InvoiceAdoption: Hashable, Sendable {
  public let number: InvoiceNumber
  /// Whose end the draft is made at.
  public let period: BillingPeriod

  public init(number: InvoiceNumber, period: BillingPeriod) {
    self.number = number
    self.period = period
  }
}

/// The end of an invoice's draft: all its lines are attached.
public struct InvoiceFinalization: Hashable, Sendable {
  public let number: InvoiceNumber

  public init(number: InvoiceNumber) { self.number = number }
}
