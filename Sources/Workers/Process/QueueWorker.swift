import AMQP
import Billing
import Faults
import Ledger
import Messages
import Operations
import PostgreSQL

/// What works a queue off: lanes that consume, and a relay that publishes threshold messages. What the messages mean is
/// their handler's.
public final class QueueWorker: Sendable {
  public struct Setting: Sendable {
    public let broker: BrokerConfiguration
    public let database: DatabaseConfiguration
    public let topology: Topology
    public let queue: Topology.WorkQueue
    /// What metrics and health call the queue.
    public let labels: QueueLabels
    /// Makes pseudonyms of what messages say of people.
    public let keyring: PseudonymKeyring
    /// How old, in days, what a message tells may be.
    public let maximumAgeDays: Int
    public let lanes: Int
    public let batchSize: Int
    public let batchDelay: Duration
    public let prefetch: Int
    public let failpoints: Failpoints

    public init(
      broker: BrokerConfiguration, database: DatabaseConfiguration, topology: Topology, queue: Topology.WorkQueue,
      labels: QueueLabels, keyring: PseudonymKeyring, maximumAgeDays: Int, lanes: Int, batchSize: Int,
      batchDelay: Duration, prefetch: Int,
      failpoints: Failpoints = .none
    ) {
      self.broker = broker
      self.database = database
      self.topology = topology
      self.queue = queue
      self.labels = labels
      self.keyring = keyring
      self.maximumAgeDays = maximumAgeDays
      self.lanes = lanes
      self.batchSize = batchSize
      self.batchDelay = batchDelay
      self.prefetch = prefetch
      self.failpoints = failpoints
    }
  }

  public let statistics: Statistics
  private let lanes: [WorkerThread]
  private let relay: WorkerThread
  private let stopLanes = StopSignal()
  private let stopRelay = StopSignal()
  private let breakers = Breakers()
  private let log: Log

  /// Starts all threads; they connect by themselves, however long that takes.
  ///
  /// Called in this module only, where the handler's type is known: lanes are then compiled for it, and do not look up
  /// with each message how its event is copied.
  ///
  /// - Parameters:
  ///   - metrics: told what the worker does.
  ///   - health: told whether its lanes live and consume.
  ///   - makeHandler: called by each lane on its own thread.
  init<Handler: MessageHandler & SendableMetatype>(
    _ setting: Setting, log: Log, metrics: Metrics, health: Health, drainTarget: Int?,
    makeHandler: @escaping @Sendable () throws -> Handler
  ) throws {
    self.log = log
    let statistics = Statistics(setting.labels, metrics: metrics, drainTarget: drainTarget)
    self.statistics = statistics
    let watchdog = try Watchdog()
    let gate = StartGate()
    let relayBell = stopRelay.makeBell()
    let (stopLanes, stopRelay, breakers) = (stopLanes, stopRelay, breakers)

    relay = try WorkerThread {
      Relay(
        database: setting.database, broker: setting.broker, topology: setting.topology,
        setting: Relay.Setting(
          name: "usage-billing relay", log: log, failpoints: setting.failpoints, statistics: statistics,
          watchdog: watchdog, breakers: breakers, stop: stopRelay, bell: relayBell)
      ).run()
    }
    lanes = try (0..<setting.lanes).map { number in
      let lane = LaneSetting(
        number: number, broker: setting.broker, topology: setting.topology, queue: setting.queue,
        limits: Intake.Limits(messages: setting.batchSize, delay: setting.batchDelay, prefetch: setting.prefetch),
        clock: { Instant(microseconds: SystemClock.microseconds()) }, log: log, failpoints: setting.failpoints,
        statistics: statistics, health: LaneHealth(health, setting.labels, lane: number), watchdog: watchdog,
        stop: stopLanes, gate: gate, breakers: breakers, relayBell: relayBell)
      // Checked here, where a mistake can still be told; each thread makes its own.
      _ = try makeHandler()
      return try WorkerThread {
        do { Lane(lane, handler: try makeHandler()).run() } catch {
          log.error("a lane could not start", ["lane": number])
        }
      }
    }
  }

  /// Stops in order: lanes finish their batch in hand and acknowledge, the relay publishes what is owed for it. At the
  /// deadline everything left is cut; it will be delivered, or published, again.
  ///
  /// - Returns: whether all left in time.
  public func stop(within deadline: Duration) -> Bool {
    let end = ContinuousClock.now + deadline
    let patience = Doorbell()
    func finish(_ threads: [WorkerThread]) -> Bool {
      while !threads.allSatisfy(\.isFinished) {
        guard .now < end else { return false }
        patience.wait(atMost: .milliseconds(2))
      }
      return true
    }
    stopLanes.set()
    let lanesLeft = finish(lanes)
    stopRelay.set()
    let relayLeft = finish([relay])
    if lanesLeft && relayLeft { return true }
    log.error("the shutdown deadline has passed; what is in hand will be delivered again")
    breakers.breakAll()
    return false
  }
}
