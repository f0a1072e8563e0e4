import AMQP

/// The line to the broker: what is out on it, and what has to go out again when it breaks.
struct LoadLine {
  /// How far publishing runs ahead of the confirms: a quorum queue confirms in bursts.
  private static let window = 10_000
  private static let patience: UInt64 = 120_000_000_000
  private static let confirmTimeout: Duration = .seconds(30)
  /// Confirms are looked at every so many messages.
  private static let interval = 64

  private let options: LoadOptions
  private let broker: BrokerConfiguration
  private let watchdog: Watchdog
  private let messages: LoadMessages
  private var publisher: Publisher?
  /// By the number of the publish on the current connection.
  private var out: [UInt64: LoadPlan.Item] = [:]
  private var again: [LoadPlan.Item] = []
  /// When the broker was last heard; a broker away for longer than the patience ends the load.
  private var lastWord = LoadPace.now()
  private var hasConnected = false
  private var isUnroutable = false
  private var sinceSettling = 0
  private(set) var resent = 0

  init(
    _ options: LoadOptions, _ broker: BrokerConfiguration, _ watchdog: Watchdog, _ messages: LoadMessages
  ) {
    self.options = options
    self.broker = broker
    self.watchdog = watchdog
    self.messages = messages
  }

  /// Waits until the message with this number is due.
  mutating func wait(_ pace: LoadPace, for number: Int) throws(LoadError) {
    var delay = pace.delay(before: number)
    while delay > 0 {
      try attempt { (publisher) throws(AMQPError) in try publisher.serviceHeartbeats() }
      LoadPace.sleep(min(delay, 200_000_000))
      delay = pace.delay(before: number)
    }
  }

  mutating func send(_ item: LoadPlan.Item) throws(LoadError) {
    again.append(item)
    try sendAgain()
    sinceSettling += 1
    if sinceSettling >= Self.interval { try settle() }
  }

  /// Waits until everything is confirmed.
  mutating func finish() throws(LoadError) {
    while !out.isEmpty || !again.isEmpty {
      try sendAgain()
      try attempt { (publisher) throws(AMQPError) in publisher.flush() }
      do throws(AMQPError) {
        if let publisher { try take(publisher.waitForConfirms(timeout: Self.confirmTimeout)) }
      } catch {
        try recover(from: error)
      }
      try throwUnroutable()
    }
    publisher = nil
  }

  private mutating func sendAgain() throws(LoadError) {
    while let item = again.popLast() {
      let message = messages.message(item)
      var number: UInt64?
      let (exchange, routingKey) = (options.exchange, options.routingKey)
      do throws(AMQPError) {
        let publisher = try connected()
        number = try publisher.publish(message, exchange: exchange, routingKey: routingKey, mandatory: true)
      } catch {
        again.append(item)
        try recover(from: error)
      }
      if let number { out[number] = item }
    }
  }

  private mutating func settle() throws(LoadError) {
    sinceSettling = 0
    guard let publisher else { return }
    take(publisher.takeConfirmations())
    try throwUnroutable()
  }

  private mutating func take(_ confirmations: [PublishConfirmation]) {
    if !confirmations.isEmpty { lastWord = LoadPace.now() }
    for confirmation in confirmations {
      guard let item = out.removeValue(forKey: confirmation.sequence) else { continue }
      switch confirmation.outcome {
      case .confirmed: break
      case .returned: isUnroutable = true
      case .rejected:
        again.append(item)
        resent += 1
      }
    }
  }

  private func throwUnroutable() throws(LoadError) {
    guard isUnroutable else { return }
    throw .unroutable(
      options.exchange.isEmpty
        ? "queue \(options.routingKey)" : "exchange \(options.exchange) with key \(options.routingKey)")
  }

  private mutating func attempt(_ work: (Publisher) throws(AMQPError) -> Void) throws(LoadError) {
    do throws(AMQPError) {
      try work(connected())
    } catch {
      try recover(from: error)
    }
  }

  private mutating func connected() throws(AMQPError) -> Publisher {
    if let publisher { return publisher }
    let made = try Publisher(broker, name: "usage-billing publish", watchdog: watchdog, maximumInFlight: Self.window)
    publisher = made
    hasConnected = true
    lastWord = LoadPace.now()
    return made
  }

  /// Takes in what a failure left behind; the next attempt makes a new connection where this one is gone.
  private mutating func recover(from error: AMQPError) throws(LoadError) {
    if let publisher { take(publisher.takeConfirmations()) }
    // A broker that was never there is more likely a wrong address than a restart.
    guard hasConnected, error.isRetryable, LoadPace.now() - lastWord < Self.patience else { throw .broker(error) }
    if let publisher, publisher.isUsable { return }
    publisher = nil
    // In the order in which they went out.
    again += out.sorted { $0.key > $1.key }.map(\.value)
    resent += out.count
    out.removeAll()
    LoadPace.sleep(250_000_000)
  }
}
