import AMQP
import Testing

@Suite("A publisher", .enabled(if: TestBroker.isThere), .timeLimit(.minutes(1)))
struct PublisherTests {
  @Test("matches each return to its message among many")
  func returns() throws {
    let bench = try Bench("returns", maximumInFlight: 64)
    var lost: Set<UInt64> = []
    // The same body and id throughout: nothing but the sequence tells the messages apart.
    let message = OutgoingMessage(
      body: bytes("same"), messageID: "same", headers: [Publisher.sequenceHeader: .int(1), "kept": .bool(true)])
    var confirmations: [PublishConfirmation] = []
    for number in 1...1_000 {
      let isLost = number % 7 == 0
      let sequence = try bench.publisher.publish(
        message, exchange: "", routingKey: isLost ? "\(bench.queue).nowhere" : bench.queue, mandatory: true)
      #expect(sequence == UInt64(number))
      if isLost { lost.insert(sequence) }
      if number == 500 { confirmations += bench.publisher.takeConfirmations() }
    }
    confirmations += try bench.publisher.waitForConfirms(timeout: .seconds(20))
    #expect(confirmations.map(\.sequence) == Array(1...1_000))
    for confirmation in confirmations {
      if lost.contains(confirmation.sequence) {
        #expect(confirmation.outcome == .returned(code: 312, text: "NO_ROUTE"))
      } else {
        #expect(confirmation.outcome == .confirmed)
      }
    }
  }

  @Test("takes in returned bodies of many frames without mixing them up")
  func largeReturn() throws {
    let bench = try Bench("large-return", parameters: "frame_max=8192")
    let nowhere = "\(bench.queue).nowhere"
    let large = OutgoingMessage(body: [UInt8](repeating: 7, count: 200_000))
    try bench.publisher.publish(large, exchange: "", routingKey: nowhere, mandatory: true)
    try bench.publisher.publish(large, exchange: "", routingKey: bench.queue, mandatory: true)
    try bench.publisher.publish(large, exchange: "", routingKey: nowhere, mandatory: false)
    let outcomes = try bench.publisher.waitForConfirms(timeout: .seconds(10)).map(\.outcome)
    #expect(outcomes == [.returned(code: 312, text: "NO_ROUTE"), .confirmed, .confirmed])
  }

  @Test("reports what a full queue refuses as rejected")
  func rejected() throws {
    let bench = try Bench(
      "full", arguments: ["x-max-length": .int(3), "x-overflow": .string("reject-publish")])
    for _ in 0..<10 {
      try bench.publisher.publish(OutgoingMessage(body: [1]), exchange: "", routingKey: bench.queue, mandatory: true)
      _ = try bench.publisher.waitForConfirms(timeout: .seconds(10)).map(\.outcome)
    }
    try bench.publisher.publish(OutgoingMessage(body: [1]), exchange: "", routingKey: bench.queue, mandatory: true)
    #expect(try bench.publisher.waitForConfirms(timeout: .seconds(10)).map(\.outcome) == [.rejected])
  }

  @Test("never has more in flight than allowed")
  func bounded() throws {
    let bench = try Bench("bounded", maximumInFlight: 5)
    for _ in 0..<2_000 {
      try bench.publisher.publish(OutgoingMessage(body: [1]), exchange: "", routingKey: bench.queue, mandatory: false)
      #expect(bench.publisher.unsettled.count <= 5)
    }
    #expect(try bench.publisher.waitForConfirms(timeout: .seconds(10)).count == 2_000)
    #expect(bench.publisher.unsettled.isEmpty)
  }

  @Test("refuses headers, ids and nesting that cannot be sent, and goes on")
  func unfit() throws {
    let bench = try Bench("unfit", parameters: "frame_max=8192")
    var deep = FieldValue.void
    for _ in 0...FieldValue.maximumDepth { deep = .array([deep]) }
    let unfit = [
      OutgoingMessage(body: [], messageID: String(repeating: "x", count: 256)),
      OutgoingMessage(body: [], headers: ["large": .string(String(repeating: "x", count: 9_000))]),
      OutgoingMessage(body: [], headers: [String(repeating: "x", count: 256): .void]),
      OutgoingMessage(body: [], headers: ["deep": deep]),
    ]
    for message in unfit {
      let error = try failure {
        try bench.publisher.publish(message, exchange: "", routingKey: bench.queue, mandatory: true)
      }
      guard case .invalidArgument = error.kind else {
        Issue.record("unexpected \(error)")
        return
      }
    }
    #expect(bench.publisher.isUsable)
    try bench.publish([bytes("fit")])
  }

  @Test("reports an exchange that is not there as a closed channel, with the outcome unknown")
  func noExchange() throws {
    let bench = try Bench("no-exchange")
    let exchange = TestBroker.uniqueName("nowhere")
    let sequence = try bench.publisher.publish(
      OutgoingMessage(body: [1]), exchange: exchange, routingKey: "", mandatory: true)
    let error = try failure { _ = try bench.publisher.waitForConfirms(timeout: .seconds(10)) }
    guard case .channelClosed(404, _) = error.kind else {
      Issue.record("unexpected \(error)")
      return
    }
    #expect(bench.publisher.unsettled == [sequence])
  }
}
