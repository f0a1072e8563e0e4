import AMQP
import HTTP
import Ledger
import Operations
import PostgreSQL

/// Shows a process to its operators: asks what it needs whether it is there, and serves what is known.
public final class WorkerMonitor: Sendable {
  public let metrics: Metrics
  public let health: Health
  private let server: OperationsServer
  private let stopSignal: StopSignal

  /// The port that is listened on.
  public var port: UInt16 { server.port }

  /// Starts to serve and to ask. Hand `metrics` and `health` to the workers.
  ///
  /// - Parameters:
  ///   - version: of the program.
  ///   - parts: each kind at most once.
  ///   - address: `nil` for all of this machine.
  ///   - port: 0 for any free one.
  /// - Throws: `HTTPServerError` when the port cannot be had.
  public init(
    version: StaticString, database: DatabaseConfiguration, parts: [MonitoredPart], address: String? = nil, port: UInt16
  ) throws {
    let (metrics, health, stop) = (Metrics(), Health(), StopSignal())
    self.metrics = metrics
    self.health = health
    stopSignal = stop
    metrics.addProcess(version: version)
    let condition = health.condition("database", validity: Probe.validity)
    let probes = try parts.flatMap { part in
      switch part {
      case .queue(let broker, let queue, let labels, let lanes):
        try Self.watch(broker, queue, labels, lanes: lanes, metrics, health, stop)
      case .outbox: Self.watchOutbox(database, metrics, stop)
      }
    }
    server = try OperationsServer(address: address, port: port, metrics: metrics, health: health)
    for probe in probes { _ = try WorkerThread(probe) }
    // What is owed to the broker is the same for all queues, and asking for it asks whether the database is there.
    if parts.contains(where: \.isQueue) {
      let outbox = OutboxProbe.Sight()
      Self.show(metrics, outbox)
      _ = try WorkerThread {
        let probe = OutboxProbe(database, outbox)
        Probe.run(condition, stop: stop) { try probe.look() }
      }
    } else {
      _ = try WorkerThread {
        let probe = DatabaseProbe(database)
        Probe.run(condition, stop: stop) { try probe.look() }
      }
    }
  }

  private static func watch(
    _ broker: BrokerConfiguration, _ queue: Topology.WorkQueue, _ labels: QueueLabels, lanes: Int,
    _ metrics: Metrics, _ health: Health, _ stop: StopSignal
  ) throws -> [@Sendable () -> Void] {
    let watchdog = try Watchdog()
    let brokerCondition = health.condition("broker", validity: Probe.validity)
    let (work, dead) = (QueueProbe.Sight(), QueueProbe.Sight())
    show(metrics, labels.work, work)
    show(metrics, labels.deadLetters, dead)
    let label = MetricLabel("queue", labels.work)
    metrics.sampled(.gauge, "usage_billing_lanes", "Lanes that there are to be.", label) { .count(lanes) }
    metrics.sampled(.gauge, "usage_billing_lanes_consuming", "Lanes that consume from the queue now.", label) {
      .count(health.count(of: labels.consumer))
    }
    return [
      {
        let probe = QueueProbe(broker, [(queue.name, work), (queue.deadLetterQueue, dead)], watchdog: watchdog)
        Probe.run(brokerCondition, stop: stop) { try probe.look() }
      }
    ]
  }

  private static func watchOutbox(
    _ database: DatabaseConfiguration, _ metrics: Metrics, _ stop: StopSignal
  ) -> [@Sendable () -> Void] {
    let depth = OutboxDepthProbe.Sight()
    metrics.show(depth)
    return [{ OutboxDepthProbe(database, depth).run(stop: stop) }]
  }

  /// Serves no more.
  public func stop() {
    stopSignal.set()
    server.stop()
  }

  private static func show(_ metrics: Metrics, _ queue: StaticString, _ sight: QueueProbe.Sight) {
    let label = MetricLabel("queue", queue)
    metrics.sampled(
      .gauge, "usage_billing_queue_ready_messages", "Messages that wait in a queue, not yet with a consumer.", label
    ) { sight.status.map { .count($0.messages) } }
    metrics.sampled(.gauge, "usage_billing_queue_consumers", "Consumers of a queue, of all replicas.", label) {
      sight.status.map { .count($0.consumers) }
    }
  }

  private static func show(_ metrics: Metrics, _ sight: OutboxProbe.Sight) {
    metrics.sampled(
      .gauge, "usage_billing_event_outbox_messages", "Threshold messages owed to the broker, at most 10,000."
    ) { sight.backlog.map { .count($0.count) } }
    metrics.sampled(
      .gauge, "usage_billing_event_outbox_oldest_age_seconds", "Age of the oldest threshold message owed; 0 for none."
    ) { sight.backlog.map { .seconds($0.oldestAge) } }
  }
}

extension MonitoredPart {
  fileprivate var isQueue: Bool {
    if case .queue = self { return true }
    return false
  }
}
