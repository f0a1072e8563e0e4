import Billing

/// What became of one record or void handed to the ledger. All but `duplicate` changed it.
public enum Outcome: Sendable, Equatable {
  /// Written, and in the totals.
  case counted
  /// Its identifier was counted before. In a conflict metric, quantity or subject differ from what was counted; the
  /// first committed stands.
  case duplicate(isConflict: Bool)
  /// A record was taken back, or arrived after it had been.
  case voided
  /// A void whose record has not been seen: that record will not count when it comes.
  case awaitingRecord
}
