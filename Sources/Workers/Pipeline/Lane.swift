import AMQP
import Billing
import Faults
import Ledger
import Messages
import Operations

/// The unit of work inside a process: one thread, one consumer's connection, one database connection, nothing shared.
///
/// It takes a batch, commits what the batch means, acknowledges, and takes the next. Whatever fails, a delivery is
/// acknowledged only after its effect is committed or its dead letter confirmed; everything else comes again.
final class Lane<Handler: MessageHandler> {
  private let setting: LaneSetting
  private let handler: Handler
  private let log: Log
  private let stop: StopSignal
  private let bell: Doorbell
  private var random = SystemRandomNumberGenerator()

  init(_ setting: LaneSetting, handler: Handler) {
    self.setting = setting
    self.handler = handler
    log = setting.log
    stop = setting.stop
    bell = setting.stop.makeBell()
  }

  /// Works until the stop signal.
  func run() {
    var backoff = Backoff()
    while !stop.isSet {
      setting.health.pulse.beat()
      do {
        try serve { backoff.reset() }
      } catch {
        switch error {
        case .stopped:
          return
        case .broker(let error):
          log.warning("broker connection lost; connecting again", ["lane": setting.number, "error": error])
          setting.statistics.brokerFailures.add(1)
        case .deadLetterNotTaken:
          log.error(
            "no queue takes dead letters; bad messages stay in the queue until one does", ["lane": setting.number])
        }
        bell.wait(atMost: backoff.next(using: &random))
      }
    }
  }

  /// One connection's life.
  private func serve(_ madeProgress: () -> Void) throws(LaneError) {
    // Before there is a connection, whose heartbeats nobody would serve meanwhile.
    setting.gate.wait(lane: setting.number, stop: stop, bell: bell, pulse: setting.health.pulse)
    guard !stop.isSet else { throw .stopped }
    let consumer = try broker { () throws(AMQPError) in
      try ConsumerConnection(setting.broker, name: setting.connectionName, watchdog: setting.watchdog)
    }
    setting.breakers.add(consumer.breaker)
    let deadLetters = DeadLetterPublisher(
      broker: setting.broker, name: setting.connectionName + " dead letters",
      exchange: setting.topology.deadLetterExchange, queue: setting.queue.name, watchdog: setting.watchdog)
    defer {
      setting.health.consumer.withdraw()
      deadLetters.close()
      // What is unacknowledged goes back to the queue, whether or not the broker hears the goodbye.
      try? consumer.close()
    }
    try broker { () throws(AMQPError) in try setting.topology.prepare(setting.queue, on: consumer) }
    let intake = Intake(
      consumer, queue: setting.queue.name, consumerTag: setting.connectionName, limits: setting.limits)
    let work = BatchWork(setting, handler: handler, intake: intake, deadLetters: deadLetters, bell: bell)

    while !stop.isSet {
      setting.health.pulse.beat()
      try work.ensureDatabase()
      try broker { () throws(AMQPError) in try intake.start() }
      setting.health.consumer.confirm()
      let batch = try broker { () throws(AMQPError) in try intake.next() }
      // Whatever comes of the batch: if this is reached, nothing in it has killed the process.
      defer { setting.gate.open(by: setting.number) }
      try deadLetters.serviceHeartbeats()
      guard !batch.isEmpty else { continue }
      try work.settle(batch)
      madeProgress()
      try broker { () throws(AMQPError) in try intake.note(batch) }
    }
  }
}

/// Runs work with the broker, turning its error into the lane's.
func broker<Value>(_ body: () throws(AMQPError) -> Value) throws(LaneError) -> Value {
  do { return try body() } catch { throw .broker(error) }
}
