/// What became of a published message.
public struct PublishConfirmation: Sendable, Equatable {
  /// How it ended.
  public enum Outcome: Sendable, Equatable {
    /// The broker has taken responsibility: it is in every queue that it was routed to (or, if not mandatory, in none).
    case confirmed
    /// It was mandatory and no queue took it.
    case returned(code: UInt16, text: String)
    /// The broker refused it (a queue over its limit, or an internal error); it may be published again.
    case rejected
  }

  /// The number that `publish` returned.
  public let sequence: UInt64
  /// How it ended.
  public let outcome: Outcome
}
