internal import CRabbitMQ

extension AMQPError.Kind {
  /// The one place that turns a status of librabbitmq into a kind of failure.
  init(status: Int32, isConnecting: Bool) {
    let text = String(cString: amqp_error_string2(status))
    switch amqp_status_enum(rawValue: status) {
    case AMQP_STATUS_TIMEOUT:
      self = isConnecting ? .unreachable("no answer within the connection timeout") : .timedOut(text)
    case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED:
      self = .unreachable("the host name cannot be resolved")
    case AMQP_STATUS_HEARTBEAT_TIMEOUT:
      self = .connectionLost("the broker fell silent: no heartbeat")
    case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED:
      self = .certificateRejected("it is not issued for this host")
    case AMQP_STATUS_SSL_PEER_VERIFY_FAILED:
      self = .certificateRejected("no trusted authority issued it, or it is not valid now")
    case AMQP_STATUS_SSL_CONNECTION_FAILED:
      self = .unreachable("the TLS handshake failed")
    case AMQP_STATUS_CONNECTION_CLOSED, AMQP_STATUS_SOCKET_ERROR, AMQP_STATUS_SOCKET_CLOSED, AMQP_STATUS_TCP_ERROR:
      self = isConnecting ? .unreachable("the connection was refused or cut: \(text)") : .connectionLost(text)
    case AMQP_STATUS_BAD_AMQP_DATA, AMQP_STATUS_UNKNOWN_CLASS, AMQP_STATUS_UNKNOWN_METHOD, AMQP_STATUS_WRONG_METHOD,
      AMQP_STATUS_UNEXPECTED_STATE, AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION,
      AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD:
      self = .protocolViolation(text)
    case AMQP_STATUS_TABLE_TOO_BIG, AMQP_STATUS_INVALID_PARAMETER:
      self = .invalidArgument(text)
    default:
      self = .connectionLost(text)
    }
  }
}
