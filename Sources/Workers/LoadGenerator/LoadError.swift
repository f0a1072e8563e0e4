import AMQP

/// Why a load ended early.
public enum LoadError: Error, Sendable, CustomStringConvertible {
  case broker(AMQPError)
  /// No queue took a message.
  case unroutable(String)
  case ledger(LoadLedger.Problem)
  /// The options do not make a load.
  case options(String)

  public var description: String {
    switch self {
    case .broker(let error): "\(error)"
    case .unroutable(let place):
      "no queue takes messages published to \(place); start a worker or declare the queue, then try again"
    case .ledger(let problem): "\(problem)"
    case .options(let problem): problem
    }
  }
}
