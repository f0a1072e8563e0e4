import AMQP
import HTTP
import Ledger
import Operations
import PostgreSQL

/// Shows a worker process to its operators: asks broker and database whether they are there, and serves what is known.
public final class WorkerMonitor: Sendable {
  public let metrics: Metrics
  public let health: Health
  private let server: OperationsServer
  private let stopSignal: StopSignal

  /// The port that is listened on.
  public var port: UInt16 { server.port }

  /// What is watched.
  public struct Setting: Sendable {
    public let broker: BrokerConfiguration
    public let database: DatabaseConfiguration
    public let queue: Topology.WorkQueue
    /// How many lanes the process has.
    public let lanes: Int
    /// Of the program.
    public let version: StaticString

    public init(
      broker: BrokerConfiguration, database: DatabaseConfiguration, queue: Topology.WorkQueue, lanes: Int,
      version: StaticString
    ) {
      self.broker = broker
      self.database = database
      self.queue = queue
      self.lanes = lanes
      self.version = version
    }
  }

  /// Starts to serve and to ask. Hand `metrics` and `health` to the worker.
  ///
  /// - Parameters:
  ///   - address: `nil` for all of this machine.
  ///   - port: 0 for any free one.
  /// - Throws: `HTTPServerError` when the port cannot be had.
  public init(_ setting: Setting, address: String? = nil, port: UInt16) throws {
    let (metrics, health) = (Metrics(), Health())
    let (stop, watchdog) = (StopSignal(), try Watchdog())
    self.metrics = metrics
    self.health = health
    stopSignal = stop

    let broker = health.condition("broker", validity: Probe.validity)
    let database = health.condition("database", validity: Probe.validity)
    let (work, dead, outbox) = (QueueProbe.Sight(), QueueProbe.Sight(), OutboxProbe.Sight())
    metrics.addProcess(version: setting.version)
    Self.show(metrics, "usage", work)
    Self.show(metrics, "usage_dead_letter", dead)
    Self.show(metrics, outbox)
    metrics.sampled(.gauge, "usage_billing_lanes", "Lanes that there are to be.") { .count(setting.lanes) }
    metrics.sampled(.gauge, "usage_billing_lanes_consuming", "Lanes that consume from the queue now.") {
      .count(health.count(of: LaneHealth.consumerName))
    }
    server = try OperationsServer(address: address, port: port, metrics: metrics, health: health)

    _ = try WorkerThread {
      let probe = QueueProbe(
        setting.broker, [(setting.queue.name, work), (setting.queue.deadLetterQueue, dead)], watchdog: watchdog)
      Probe.run(broker, stop: stop) { try probe.look() }
    }
    _ = try WorkerThread {
      let probe = OutboxProbe(setting.database, outbox)
      Probe.run(database, stop: stop) { try probe.look() }
    }
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
