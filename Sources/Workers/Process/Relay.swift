import AMQP
import Faults
import Ledger
import Operations
import PostgreSQL

/// Publishes what the ledger owes to the broker: right after a commit when it is rung, and every second, so that what a
/// killed replica left is swept up by any other. One thread with connections of its own.
final class Relay {
  private let database: DatabaseConfiguration
  private let broker: BrokerConfiguration
  private let topology: Topology
  private let setting: Setting
  private var outbox: EventOutbox?
  private var publisher: Publisher?
  private var random = SystemRandomNumberGenerator()

  struct Setting {
    let name: String
    let log: Log
    let failpoints: Failpoints
    let statistics: Statistics
    let watchdog: Watchdog
    let breakers: Breakers
    /// Tells the relay to leave, once what is owed by then was tried.
    let stop: StopSignal
    let bell: Doorbell
  }

  private static let claimSize = 200
  private static let sweepInterval = Duration.seconds(1)
  private static let confirmTimeout = Duration.seconds(10)

  init(database: DatabaseConfiguration, broker: BrokerConfiguration, topology: Topology, setting: Setting) {
    self.database = database
    self.broker = broker
    self.topology = topology
    self.setting = setting
  }

  func run() {
    var backoff = Backoff()
    while true {
      let isLast = setting.stop.isSet
      do {
        try drain()
        backoff.reset()
        if isLast { break }
        setting.bell.wait(atMost: Self.sweepInterval)
      } catch {
        publisher = nil
        outbox = nil
        setting.log.warning("threshold messages wait in the outbox", ["error": error])
        if isLast { break }
        setting.bell.wait(atMost: backoff.next(using: &random))
      }
    }
    try? publisher?.close()
  }

  private func drain() throws(RelayError) {
    let (outbox, publisher) = try connected()
    while true {
      let events = try ledger { () throws(LedgerError) in try outbox.claim(limit: Self.claimSize) }
      guard !events.isEmpty else {
        try ledger { () throws(LedgerError) in try outbox.release() }
        return try amqp { () throws(AMQPError) in try publisher.serviceHeartbeats() }
      }
      let settlements = try publish(events, with: publisher)
      try ledger { () throws(LedgerError) in try outbox.settle(events, settlements) }
      setting.failpoints.pass(WorkerFailpoint.afterEventSettled)
      note(settlements)
      if events.count < Self.claimSize { return }
    }
  }

  /// What it throws leaves the events owed: the transaction that claimed them ends with the connection.
  private func publish(
    _ events: [EventOutbox.Event], with publisher: Publisher
  ) throws(RelayError) -> [EventOutbox.Settlement] {
    let confirmations = try amqp { () throws(AMQPError) in
      for event in events {
        try publisher.publish(
          OutgoingMessage(body: event.body, messageID: event.messageID), exchange: topology.eventsExchange,
          routingKey: event.routingKey, mandatory: true)
      }
      setting.failpoints.pass(WorkerFailpoint.beforeEventConfirm)
      return try publisher.waitForConfirms(timeout: Self.confirmTimeout)
    }
    setting.failpoints.pass(WorkerFailpoint.afterEventConfirm)
    guard confirmations.count == events.count else { throw .unaccounted }
    return confirmations.map { confirmation in
      switch confirmation.outcome {
      case .confirmed: .published
      case .returned: .kept(problem: "unroutable")
      case .rejected: .kept(problem: "rejected by the broker")
      }
    }
  }

  private func note(_ settlements: [EventOutbox.Settlement]) {
    let published = settlements.count { $0 == .published }
    setting.statistics.thresholdMessages.add(published)
    guard published < settlements.count else { return }
    setting.statistics.unroutableMessages.add(settlements.count - published)
    setting.log.warning(
      "no queue takes threshold messages; they are kept and published again later",
      ["messages": settlements.count - published])
  }

  private func connected() throws(RelayError) -> (EventOutbox, Publisher) {
    if let outbox, let publisher, publisher.isUsable { return (outbox, publisher) }
    let opened = try amqp { () throws(AMQPError) in
      let topologyConnection = try ConsumerConnection(broker, name: setting.name, watchdog: setting.watchdog)
      try topology.prepareEventsExchange(on: topologyConnection)
      try topologyConnection.close()
      return try Publisher(broker, name: setting.name, watchdog: setting.watchdog)
    }
    setting.breakers.add(opened.breaker)
    let outbox = try ledger { () throws(LedgerError) in EventOutbox(try .forLedger(database)) }
    self.outbox = outbox
    publisher = opened
    return (outbox, opened)
  }
}

enum RelayError: Error {
  case ledger(LedgerError)
  case broker(AMQPError)
  /// The broker's answers do not match what was published; a new connection starts afresh.
  case unaccounted
}

private func amqp<Value>(_ body: () throws(AMQPError) -> Value) throws(RelayError) -> Value {
  do { return try body() } catch { throw .broker(error) }
}

private func ledger<Value>(_ body: () throws(LedgerError) -> Value) throws(RelayError) -> Value {
  do { return try body() } catch { throw .ledger(error) }
}
