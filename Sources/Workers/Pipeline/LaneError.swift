import AMQP

/// Why a lane gives its broker connection up and begins anew. What it had not acknowledged is delivered again.
enum LaneError: Error {
  case broker(AMQPError)
  /// The broker has no queue for dead letters, or it is full: the bad message must stay where it is.
  case deadLetterNotTaken
  /// The process is stopping, and the batch in hand cannot be committed now.
  case stopped
}
