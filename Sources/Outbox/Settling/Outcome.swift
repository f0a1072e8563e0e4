/// What became of a claimed entry.
public enum Outcome: Hashable, Sendable {
  /// Stripe has it. Stripe's name of it, where it has one: a customer's and an invoice's are kept and used. An invoice that
  /// was to be adopted and has none: there is no draft, and never will be.
  case delivered(reference: RemoteID?)
  /// Stripe had it already, as its answer or a look-up showed.
  case deliveredBefore(reference: RemoteID?)
  /// Nothing was sent: attempts are counted as before the claim.
  case unsent
  /// To be tried again under the same key. The sequence waits so long.
  case retryLater(after: Duration, problem: Problem)
  /// A look-up has shown that no attempt arrived: to be sent at once, as for the first time, under the next key.
  case sendAgain
  /// The subscription's draft that it belongs to takes no lines any more, and nothing of it was made there: it and all that
  /// belongs to that invoice go to the customer's next one, this one at once under the next key.
  case nextInvoice
  /// Whether it arrived cannot be told: a person decides. The entries behind it go on.
  case unknown(Problem)
  /// It can never succeed as it is. The entries behind it go on.
  case dead(Problem)
  /// It has to wait for somebody's change, and the sequence with it. Attempts are counted as before the claim: nothing of
  /// this one has arrived.
  case held(Hold)
  /// Its `sendBefore` is past, and none of its attempts arrived: to be billed in another way.
  case expired
}
