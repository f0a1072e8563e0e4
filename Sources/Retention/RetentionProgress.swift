import Billing

/// What is being done with a month, how far it is, and of how much.
public struct RetentionProgress: Sendable, Hashable {
  public enum Phase: String, Sendable {
    /// Companies held against the ledger.
    case checking
    /// Rows.
    case writing
    case reading
    case restoring
  }

  public let month: CivilDate
  public let phase: Phase
  public let done: Int
  public let total: Int
}
