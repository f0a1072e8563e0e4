/// What has happened to a radiology order, in the order in which it usually does.
public enum OrderStage: String, Hashable, Sendable, CaseIterable {
  case sentToRadiology = "sent_to_radiology"
  case scheduled
  case completed
  case resultsAvailable = "results_available"
  case resultsAcknowledged = "results_acknowledged"
  case cancelled

  /// Whether an order in this stage must have been sent to radiology, so that it is billed though the message of its
  /// sending is missing. An order may be cancelled before it is sent.
  public var showsSending: Bool { self != .cancelled }
}
