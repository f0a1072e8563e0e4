import Outbox

/// What an answer of Stripe's, or none, means for the entry that was sent.
public enum StripeVerdict: Hashable, Sendable {
  /// The effect was made; `reference` is the object's id where it has one that is needed again.
  case delivered(reference: RemoteID?)
  /// An earlier attempt had made it.
  case deliveredBefore
  /// The same again, with the same keys, not before `after` where Stripe or the problem says how long to wait.
  /// `slowDown`: less of everything must be sent for a while.
  case retry(after: Duration?, Problem, slowDown: Bool)
  /// Whether the effect was made has to be seen at Stripe first; then `ifAbsent`.
  case lookUpFirst(Problem, ifAbsent: Absent)
  /// Nothing of the company can be sent until somebody names a customer that exists.
  case hold(Problem)
  /// Cannot succeed as it is.
  case dead(Problem)

  /// What becomes of an entry whose effect is not at Stripe.
  public enum Absent: Hashable, Sendable {
    /// It is sent again, under the next generation of its idempotency key.
    case sendAgain
    case dead(Problem)
    /// The draft that it belongs to takes no lines any more: it goes to the customer's next invoice.
    case nextInvoice
    /// A subscription's draft is waited for, for a while.
    case noDraft
    /// It is too late for the meter, and becomes an invoice item.
    case expired
  }
}
