import Ledger

/// The steps of a report's transaction at which a test may kill the process or cut the connection.
public enum MeterReportStep {
  public static let afterLock: StaticString = "meter_reports.after_lock"
  public static let afterEntries: StaticString = "meter_reports.after_entries"
  public static let beforeCommit: StaticString = "meter_reports.before_commit"
  /// COMMIT was sent, its answer not read.
  public static let insideCommit: StaticString = "meter_reports.inside_commit"
  public static let afterCommit: StaticString = "meter_reports.after_commit"

  static let commit = CommitSteps(before: beforeCommit, inside: insideCommit, after: afterCommit)

  public static let all: [StaticString] = [
    afterLock, afterEntries, beforeCommit, insideCommit, afterCommit,
  ]
}
