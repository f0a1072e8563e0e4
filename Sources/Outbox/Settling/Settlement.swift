import Billing

/// What became of one entry of a claim. A claim ends with the first call that settles any of its entries: those that the
/// call leaves out stay queued, as perhaps sent.
public struct Settlement: Hashable, Sendable {
  public let company: CompanyID
  public let orderingKey: OrderingKey
  public let token: Int64
  public let entryNumber: Int64
  public let effect: Effect
  public let outcome: Outcome
  public let answer: Answer?

  public init(_ claim: Claim, _ entry: ClaimedEntry, _ outcome: Outcome, answer: Answer? = nil) {
    company = claim.company
    orderingKey = claim.orderingKey
    token = claim.token
    entryNumber = entry.entryNumber
    effect = entry.effect
    self.outcome = outcome
    self.answer = answer
  }
}
