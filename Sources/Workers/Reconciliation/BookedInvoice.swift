import Billing
import Outbox

/// An invoice of ours that Stripe has to have, too.
public struct BookedInvoice: Hashable, Sendable {
  public enum Way: Hashable, Sendable {
    /// We make it at Stripe.
    case made
    /// Stripe makes it for the subscription.
    case subscription(RemoteID?)
  }

  public let number: InvoiceNumber
  public let period: BillingPeriod
  public let way: Way
  /// Ours is final.
  public let isOpen: Bool
  public let total: Amount
  /// What Stripe has of it, as far as it was told, or looked for.
  public let reference: InvoiceReference?
  /// The entries of what is billed by invoice items on it: of lines, and of metered usage that no meter has counted.
  public internal(set) var items: Set<EntryID> = []
}
