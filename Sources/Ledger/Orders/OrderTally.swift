import Billing
import Messages

/// What became of a batch of order events.
public struct OrderTally: Sendable, Equatable {
  /// An event that breaks a rule which only the database could tell.
  public struct Refusal: Sendable, Equatable {
    /// The event's place in the batch.
    public let position: Int
    public let reason: BadMessage.Reason
    let rule: Rule

    enum Rule: Sendable { case currency }

    /// What its dead letter says.
    public var message: BadMessage {
      switch rule {
      case .currency: BadMessage(reason, field: "charge.currency", rule: "must be the company's")
      }
    }
  }

  /// Records and charges that were made.
  public internal(set) var counted = 0
  /// Events that told nothing new.
  public internal(set) var duplicates = 0
  /// Charges under an id that was used before, for something else.
  public internal(set) var conflicts = 0
  /// Records that were taken back, since what came later told otherwise.
  public internal(set) var voided = 0
  /// Orders and patients whose record would be another one by what is known now, but stands: its period is closed.
  public internal(set) var differences = 0
  /// Threshold messages owed since.
  public internal(set) var alerts = 0
  /// In ascending order of positions.
  public internal(set) var refused: [Refusal] = []

  public init() {}
}
