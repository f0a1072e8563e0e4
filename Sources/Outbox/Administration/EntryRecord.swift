import Billing

/// An entry as people see it.
public struct EntryRecord: Hashable, Sendable {
  /// Where an entry stands.
  public enum State: Hashable, Sendable {
    /// Its turn comes by itself.
    case waiting
    /// Its sequence waits until then, to be tried again.
    case delayed(until: Instant)
    case held(Hold)
    /// A worker has it at this moment, or had it and died: then until the lease ends.
    case leased(until: Instant)
    /// Whether it arrived is not known: a person decides.
    case unknown
    /// It can never succeed as it is: a person decides.
    case dead
    /// Too late for its meter; the next meter report makes an invoice item of it.
    case expired
    case delivered
    /// Stripe had it already when it was sent again, or looked for.
    case deliveredBefore
    case discarded(reason: String, by: String)
    /// Billed by another entry, or by none where it came to nothing.
    case converted(into: EntryID?)
    /// Stripe took it, and does not count it, as it said later: another entry has taken its place.
    case rejected(successor: EntryID)

    /// The entry that does what this one did not.
    public var successor: EntryID? {
      switch self {
      case .converted(let successor): successor
      case .rejected(let successor): successor
      default: nil
      }
    }
  }

  public let id: EntryID
  public let company: CompanyID
  public let orderingKey: OrderingKey
  public let entryNumber: Int64
  public let effect: Effect
  public let state: State
  public let createdAt: Instant
  public let sendBefore: Instant?
  public let attempts: Int
  public let firstAttemptAt: Instant?
  public let lastAttemptAt: Instant?
  /// What went wrong last.
  public let problem: Problem?
  public let answer: Answer?
  /// Stripe's name of what was made.
  public let reference: RemoteID?
  /// `nil` while it waits.
  public let settledAt: Instant?
}
