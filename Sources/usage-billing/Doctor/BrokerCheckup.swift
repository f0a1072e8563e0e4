import AMQP

/// Looks at the broker and its queues. Only asks, declares nothing.
struct BrokerCheckup {
  let wiring: Wiring

  func findings() -> [Finding] {
    let configuration = wiring.configuration
    do throws(AMQPError) {
      let watchdog = try Watchdog()
      let connection = try connect(watchdog)
      try connection.close()
      var findings: [Finding] = [.fine("broker", "\(wiring.broker)")]
      findings += workQueue(configuration.usageQueue, worker: "usage-worker", isRequired: true, watchdog)
      findings += workQueue(configuration.orderQueue, worker: "order-worker", isRequired: false, watchdog)
      return findings
    } catch {
      return [.wrong("broker", "\(error)", "start the broker, or correct AMQP_URL")]
    }
  }

  private func connect(_ watchdog: Watchdog) throws(AMQPError) -> ConsumerConnection {
    try ConsumerConnection(wiring.broker, name: "usage-billing doctor", watchdog: watchdog)
  }

  private enum Answer {
    case status(QueueStatus)
    case missing
    case failed(AMQPError)
  }

  /// On a connection of its own: the broker answers the question for a missing queue by closing the channel.
  private func ask(_ queue: String, _ watchdog: Watchdog) -> Answer {
    do throws(AMQPError) {
      let connection = try connect(watchdog)
      let status = try connection.declareQueue(queue, passive: true)
      try connection.close()
      return .status(status)
    } catch {
      if case .channelClosed(404, _) = error.kind, !error.isRetryable { return .missing }
      return .failed(error)
    }
  }

  private func workQueue(
    _ name: String, worker: String, isRequired: Bool, _ watchdog: Watchdog
  ) -> [Finding] {
    let subject = "queue \(name)"
    switch ask(name, watchdog) {
    case .failed(let error): return [.wrong(subject, "\(error)", "look at the queue on the broker")]
    case .missing where isRequired:
      return [.wrong(subject, "it is not there", "start the \(worker), which declares it, or declare it yourself")]
    case .missing: return [.note(subject, "it is not there; the \(worker) declares it")]
    case .status(let status):
      let text = "\(status.messages) messages waiting, \(status.consumers) consumers"
      let finding: Finding =
        switch (status.consumers, status.messages) {
        case (1..., _): .fine(subject, text)
        case (_, 1...): .wrong(subject, text, "start the \(worker)")
        default: .note(subject, text, "start the \(worker)")
        }
      return [finding, deadLetters(of: name, watchdog)]
    }
  }

  private func deadLetters(of queue: String, _ watchdog: Watchdog) -> Finding {
    let name = "\(queue).dead-letter"
    let subject = "queue \(name)"
    switch ask(name, watchdog) {
    case .failed(let error): return .wrong(subject, "\(error)", "look at the queue on the broker")
    case .missing:
      return .wrong(subject, "it is not there", "declare it: without it bad messages have no place to go")
    case .status(let status) where status.messages > 0:
      return .wrong(subject, "\(status.messages) dead letters", "see: usage-billing dead-letters list")
    case .status: return .fine(subject, "no dead letters")
    }
  }
}
