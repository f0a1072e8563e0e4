/// The steps of a ledger transaction at which a test may kill the process or cut the connection.
public enum LedgerStep {
  public static let afterBegin: StaticString = "ledger.after_begin"
  public static let afterCopy: StaticString = "ledger.after_copy"
  public static let afterTotals: StaticString = "ledger.after_totals"
  public static let beforeCommit: StaticString = "ledger.before_commit"
  /// COMMIT was sent, its answer not read.
  public static let insideCommit: StaticString = "ledger.inside_commit"
  public static let afterCommit: StaticString = "ledger.after_commit"
  public static let afterRenewalBegun: StaticString = "ledger.after_renewal_begun"
  public static let afterRenewalChunk: StaticString = "ledger.after_renewal_chunk"

  static let commit = CommitSteps(before: beforeCommit, inside: insideCommit, after: afterCommit)

  public static let all: [StaticString] = [
    afterBegin, afterCopy, afterTotals, beforeCommit, insideCommit, afterCommit, afterRenewalBegun,
    afterRenewalChunk,
  ]
}
