import AMQP
import Testing

@Suite("An error")
struct AMQPErrorTests {
  @Test(
    "tells whether a retry can help",
    arguments: [
      (AMQPError.Kind.connectionLost("x"), true), (.timedOut("x"), true), (.unreachable("x"), true),
      (.consumerCancelled, true), (.accessRefused("x"), false), (.certificateRejected("x"), false),
      (.connectionClosed(code: 320, text: "CONNECTION_FORCED"), true),
      (.connectionClosed(code: 530, text: "NOT_ALLOWED"), false),
      (.channelClosed(code: 404, text: "NOT_FOUND - no queue 'q'"), false),
      (
        .channelClosed(code: 404, text: "NOT_FOUND - home node 'a@b' of durable queue 'q' is down or inaccessible"),
        true
      ),
      (.channelClosed(code: 406, text: "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out"), true),
      (.channelClosed(code: 406, text: "PRECONDITION_FAILED - inequivalent arg"), false),
      (.protocolViolation("x"), false), (.closed, false),
    ])
  func retryable(_ kind: AMQPError.Kind, _ expected: Bool) {
    #expect(AMQPError(kind, operation: "test", broker: "h:1/").isRetryable == expected)
  }

  @Test("says what failed, on what, what now")
  func description() {
    let error = AMQPError(.consumerCancelled, operation: "receive", broker: "h:5672/")
    #expect("\(error)" == "receive (h:5672/): the broker cancelled the consumer; consume again")
  }
}
