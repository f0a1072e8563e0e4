import Billing

/// A sequence that is ours alone until the lease ends, with its first entries and what sending them needs.
public struct Claim: Hashable, Sendable {
  public let company: CompanyID
  public let orderingKey: OrderingKey
  /// The fencing token: what is settled under an older one than the sequence's last changes nothing.
  public let token: Int64
  public let claimedAt: ContinuousClock.Instant
  /// Nobody else sends an entry of this sequence before. No request may be under way then.
  public let leaseEnds: ContinuousClock.Instant
  /// At least one; several for a meter alone, if asked for. In order.
  public let entries: [ClaimedEntry]
  /// There unless the customer is what is to be made.
  public let stripeCustomer: RemoteID?
  public let stripeSubscription: RemoteID?
  /// What an operator has called the company: for a customer's name, and for nothing else.
  public let displayName: String?
  /// The invoice that the entry belongs to; there whenever the effect has a `neededInvoice`.
  public let invoiceReference: InvoiceReference?

  public init(
    company: CompanyID, orderingKey: OrderingKey, token: Int64, claimedAt: ContinuousClock.Instant,
    leaseEnds: ContinuousClock.Instant, entries: [ClaimedEntry], stripeCustomer: RemoteID? = nil,
    stripeSubscription: RemoteID? = nil, displayName: String? = nil, invoiceReference: InvoiceReference? = nil
  ) {
    self.company = company
    self.orderingKey = orderingKey
    self.token = token
    self.claimedAt = claimedAt
    self.leaseEnds = leaseEnds
    self.entries = entries
    self.stripeCustomer = stripeCustomer
    self.stripeSubscription = stripeSubscription
    self.displayName = displayName
    self.invoiceReference = invoiceReference
  }
}
