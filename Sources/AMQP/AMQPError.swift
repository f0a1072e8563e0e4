/// What went wrong between this process and a broker: what was being done, with which broker, what now.
///
/// The text never holds a password or a message's body. Texts that a broker sent are bounded by the protocol (255 bytes)
/// and shown without control characters.
public struct AMQPError: Error, Sendable, Equatable {
  /// The nature of a failure.
  public enum Kind: Sendable, Equatable {
    /// The URL or a file it names cannot be used.
    case invalidConfiguration(String)
    /// The call's arguments cannot be sent (a name over 255 bytes, headers larger than a frame); nothing was sent.
    case invalidArgument(String)
    /// No connection came about: refused, no such host, no answer, TLS handshake broken off.
    case unreachable(String)
    /// The broker refused user or password.
    case accessRefused(String)
    /// The broker's certificate is not to be trusted, or not for this host.
    case certificateRejected(String)
    /// The broker ended the consumer (queue deleted or moved). The connection lives on; a new `consume` may follow.
    case consumerCancelled
    /// The broker closed the channel, and with it this connection's use. Unacknowledged deliveries were requeued.
    case channelClosed(code: UInt16, text: String)
    /// The broker closed the connection.
    case connectionClosed(code: UInt16, text: String)
    /// The connection broke. Whether what was sent last arrived is unknown.
    case connectionLost(String)
    /// The deadline passed. Whether the connection is still usable is told by `isUsable` of its owner.
    case timedOut(String)
    /// The peer sent what the protocol does not allow here.
    case protocolViolation(String)
    /// The connection was closed by its owner before.
    case closed
  }

  /// The nature of the failure.
  public let kind: Kind
  /// What was being done, with the queue or exchange it was done to.
  public let operation: String
  /// `host:port/virtual host`, or empty where no broker is concerned.
  public let broker: String

  /// Makes an error; `operation` and `broker` are shown to operators and must hold no secret.
  public init(_ kind: Kind, operation: String, broker: String) {
    self.kind = kind
    self.operation = operation
    self.broker = broker
  }

  /// Whether the same attempt, on a new connection where this one broke, can succeed without anyone changing anything.
  public var isRetryable: Bool {
    switch kind {
    case .invalidConfiguration, .invalidArgument, .accessRefused, .certificateRejected, .protocolViolation, .closed:
      false
    case .unreachable, .consumerCancelled, .connectionLost, .timedOut:
      true
    case .connectionClosed(let code, _):
      // Forced by an operator or a shutdown, out of resources, internal error: all pass.
      code == 320 || code == 506 || code == 541
    case .channelClosed(let code, let text):
      switch code {
      case 311, 313, 405, 506, 541: true
      // A queue whose node is away answers "not found", and a late acknowledgement "precondition failed".
      case 404: text.contains("is down or inaccessible")
      case 406: text.contains("timed out") || text.contains("timeout")
      default: false
      }
    }
  }
}

extension AMQPError: CustomStringConvertible {
  /// One line for operators.
  public var description: String {
    let place = broker.isEmpty ? "" : " (\(broker))"
    return "\(operation)\(place): \(reason); \(advice)"
  }

  private var reason: String {
    switch kind {
    case .invalidConfiguration(let text), .invalidArgument(let text), .unreachable(let text): text
    case .accessRefused(let text): "access refused: \(text)"
    case .certificateRejected(let text): "certificate rejected: \(text)"
    case .consumerCancelled: "the broker cancelled the consumer"
    case .channelClosed(let code, let text): "the broker closed the channel: \(code) \(text)"
    case .connectionClosed(let code, let text): "the broker closed the connection: \(code) \(text)"
    case .connectionLost(let text): "connection lost: \(text)"
    case .timedOut(let text): "timed out: \(text)"
    case .protocolViolation(let text): "protocol violated: \(text)"
    case .closed: "the connection is closed"
    }
  }

  private var advice: String {
    switch kind {
    case .invalidConfiguration: "correct the configuration"
    case .invalidArgument: "nothing was sent"
    case .accessRefused: "check user, password and permissions"
    case .certificateRejected: "check cacertfile and the host name"
    case .consumerCancelled: "consume again"
    default: isRetryable ? "reconnect and retry" : "retrying alone will not help"
    }
  }
}
