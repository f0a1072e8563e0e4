/// The steps between a delivery and its acknowledgement at which a test may kill the process; those inside the ledger's
/// transaction are named there.
public enum WorkerFailpoint {
  public static let afterDelivery: StaticString = "worker.after_delivery"
  public static let beforeDeadLetterConfirm: StaticString = "worker.before_dead_letter_confirm"
  public static let afterDeadLetterConfirm: StaticString = "worker.after_dead_letter_confirm"
  public static let beforeAcknowledge: StaticString = "worker.before_acknowledge"
  public static let afterAcknowledge: StaticString = "worker.after_acknowledge"
  public static let beforeEventConfirm: StaticString = "relay.before_event_confirm"
  public static let afterEventConfirm: StaticString = "relay.after_event_confirm"
  public static let afterEventSettled: StaticString = "relay.after_event_settled"

  public static let all: [StaticString] = [
    afterDelivery, beforeDeadLetterConfirm, afterDeadLetterConfirm, beforeAcknowledge, afterAcknowledge,
    beforeEventConfirm, afterEventConfirm, afterEventSettled,
  ]
}
