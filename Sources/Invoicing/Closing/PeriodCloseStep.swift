import Ledger

/// The steps of a closing transaction at which a test may kill the process or cut the connection.
public enum PeriodCloseStep {
  public static let afterLock: StaticString = "period_close.after_lock"
  public static let afterTotals: StaticString = "period_close.after_totals"
  public static let afterNumbers: StaticString = "period_close.after_numbers"
  public static let afterInvoices: StaticString = "period_close.after_invoices"
  public static let afterEntries: StaticString = "period_close.after_entries"
  public static let beforeCommit: StaticString = "period_close.before_commit"
  /// COMMIT was sent, its answer not read.
  public static let insideCommit: StaticString = "period_close.inside_commit"
  public static let afterCommit: StaticString = "period_close.after_commit"

  static let commit = CommitSteps(before: beforeCommit, inside: insideCommit, after: afterCommit)

  public static let all: [StaticString] = [
    afterLock, afterTotals, afterNumbers, afterInvoices, afterEntries, beforeCommit, insideCommit, afterCommit,
  ]
}
