/// The steps at which a test may kill the process.
public enum RetentionStep {
  public static let afterDetach: StaticString = "retention.after_detach"
  public static let whileWriting: StaticString = "retention.while_writing"
  public static let afterWrite: StaticString = "retention.after_write"
  public static let afterVerify: StaticString = "retention.after_verify"
  public static let afterRename: StaticString = "retention.after_rename"
  public static let beforeDrop: StaticString = "retention.before_drop_commit"
  public static let afterDrop: StaticString = "retention.after_drop"
  public static let beforeRestore: StaticString = "retention.before_restore_commit"
  public static let afterRestore: StaticString = "retention.after_restore"

  /// All of them.
  public static let all: [StaticString] = [
    afterDetach, whileWriting, afterWrite, afterVerify, afterRename, beforeDrop, afterDrop, beforeRestore, afterRestore,
  ]
}
