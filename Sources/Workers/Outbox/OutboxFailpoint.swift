/// The steps between a claim and its settlement at which a test may kill the process; those inside the transactions are
/// named in the outbox.
public enum OutboxFailpoint {
  public static let afterClaim: StaticString = "outbox.after_claim"
  public static let afterSend: StaticString = "outbox.after_send"
  public static let afterAnswer: StaticString = "outbox.after_answer"
  public static let beforeSettle: StaticString = "outbox.before_settle"
  public static let afterSettle: StaticString = "outbox.after_settle"
  /// Stripe's report of events that it rejected later was read, and nothing was done about it.
  public static let afterReport: StaticString = "outbox.after_report"

  public static let all: [StaticString] = [
    afterClaim, afterSend, afterAnswer, beforeSettle, afterSettle, afterReport,
  ]
}
