/// The steps of the outbox's own transactions at which a test may kill the process or cut the connection.
public enum OutboxStep {
  public static let beforeClaimCommit: StaticString = "outbox.before_claim_commit"
  public static let beforeSettleCommit: StaticString = "outbox.before_settle_commit"
  /// The settlement's COMMIT was sent, its answer not read.
  public static let insideSettleCommit: StaticString = "outbox.inside_settle_commit"
  /// Entries that Stripe has rejected are opened again, with their report; nothing is committed.
  public static let beforeReopenCommit: StaticString = "outbox.before_reopen_commit"
  /// That COMMIT was sent, its answer not read.
  public static let insideReopenCommit: StaticString = "outbox.inside_reopen_commit"

  public static let all: [StaticString] = [
    beforeClaimCommit, beforeSettleCommit, insideSettleCommit, beforeReopenCommit, insideReopenCommit,
  ]
}
