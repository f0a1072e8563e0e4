import Billing

/// What became of one entry of a claim. A claim ends with the first call that settles any of its entries: those that the
/// call leaves out stay queued, as perhaps sent.
public struct Settlement: Hashable, Sendable {
  public let company: CompanyID
  public let orderingKey: OrderingKey
  public let token: Int64
  public let entryNumber: Int64
  public let effect: Effect
  public private(set) var outcome: Outcome
  public let answer: Answer?
  /// By what the claim was made: a hold is valid only while the company has no other.
  let stripeCustomer: RemoteID?
  let stripeSubscription: RemoteID?

  public init(_ claim: Claim, _ entry: ClaimedEntry, _ outcome: Outcome, answer: Answer? = nil) {
    company = claim.company
    orderingKey = claim.orderingKey
    token = claim.token
    entryNumber = entry.entryNumber
    effect = entry.effect
    self.outcome = outcome
    self.answer = answer
    stripeCustomer = claim.stripeCustomer
    stripeSubscription = claim.stripeSubscription
  }

  var key: SequenceKey { SequenceKey(company, orderingKey) }
  var lease: Lease { Lease(key: key, token: token) }

  /// The reference of what was made, or found.
  var reference: RemoteID? {
    switch outcome {
    case .delivered(let reference), .deliveredBefore(let reference): reference
    case .unsent, .retryLater, .sendAgain, .nextInvoice, .unknown, .dead, .held, .expired: nil
    }
  }

  var customerReference: RemoteID? { effect == .customer ? reference : nil }

  /// What Stripe has of an invoice from now on.
  var invoiceReference: (company: CompanyID, invoice: InvoiceNumber, reference: InvoiceReference)? {
    switch (effect, outcome) {
    case (.invoice(let creation), .delivered), (.invoice(let creation), .deliveredBefore):
      reference.map { (company, creation.number, .made($0)) }
    case (.adoptInvoice(let adoption), .delivered), (.adoptInvoice(let adoption), .deliveredBefore):
      (company, adoption.number, reference.map { .adopted($0) } ?? .nextInvoice)
    case (_, .nextInvoice): effect.neededInvoice.map { (company, $0, .nextInvoice) }
    default: nil
    }
  }

  var isHold: Bool {
    if case .held = outcome { return true }
    return false
  }

  /// It changes the company's row, or is valid by what stands in it.
  var needsCompany: Bool { isHold || customerReference != nil }

  func with(_ outcome: Outcome) -> Settlement {
    var settlement = self
    settlement.outcome = outcome
    return settlement
  }
}
