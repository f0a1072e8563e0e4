internal import CRabbitMQ

/// Sole owner of the C library's connection and of the frame it reads into; frees both.
final class ConnectionHandle {
  let state: amqp_connection_state_t
  let frame: UnsafeMutablePointer<amqp_frame_t>

  /// Nil when there is no memory for it.
  init?() {
    guard let state = amqp_new_connection() else { return nil }
    self.state = state
    frame = .allocate(capacity: 1)
    frame.initialize(to: amqp_frame_t())
  }

  deinit {
    amqp_destroy_connection(state)
    frame.deallocate()
  }
}
