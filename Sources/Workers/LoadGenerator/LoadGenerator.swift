import AMQP

/// Publishes test messages, as fast as the broker takes them or at a rate. Every message is confirmed; what the broker
/// refuses, or whose fate a broken connection leaves open, is sent again.
public struct LoadGenerator {
  private let options: LoadOptions
  private let broker: BrokerConfiguration
  private let watchdog: Watchdog

  public init(_ options: LoadOptions, broker: BrokerConfiguration, watchdog: Watchdog) {
    self.options = options
    self.broker = broker
    self.watchdog = watchdog
  }

  /// Blocks until everything is confirmed.
  ///
  /// - Parameters:
  ///   - ledger: takes down what is published.
  ///   - progress: told how many messages were sent, of how many.
  public func run(
    ledger: LoadLedger? = nil, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(LoadError) -> LoadSummary {
    let messages = try LoadMessages(options)
    var plan = messages.plan
    var summary = LoadSummary()
    let pace = LoadPace(rate: options.rate)
    var line = LoadLine(options, broker, watchdog, messages)
    var sent = 0
    while let item = plan.next() {
      try line.wait(pace, for: sent)
      try Self.note(item, messages, ledger, &summary)
      try line.send(item)
      sent += 1
      if sent % 1024 == 0 { progress(sent, plan.total) }
    }
    try line.finish()
    summary.resent = line.resent
    summary.milliseconds = pace.elapsedMilliseconds
    progress(sent, plan.total)
    if let ledger {
      do { try ledger.finish(summary) } catch { throw .ledger(error) }
    }
    return summary
  }

  private static func note(
    _ item: LoadPlan.Item, _ messages: LoadMessages, _ ledger: LoadLedger?, _ summary: inout LoadSummary
  ) throws(LoadError) {
    switch item {
    case .good(let index):
      summary.good += 1
      guard let ledger else { return }
      do {
        try ledger.append(messages.record(index), other: messages.other(index))
      } catch {
        throw .ledger(error)
      }
    case .duplicate: summary.duplicates += 1
    case .otherMonth: summary.crossMonthDuplicates += 1
    case .bad: summary.bad += 1
    }
  }
}
