import Operations
import Workers

/// Counting usage.
struct UsageRole: Role {
  private let setting: UsageWorker.Setting
  private let drainTarget: Int?

  /// - Parameters:
  ///   - lanes: in place of `LANES`.
  ///   - drainTarget: done when so many messages are settled.
  init(_ wiring: Wiring, lanes: Int? = nil, drainTarget: Int? = nil) throws {
    let configuration = wiring.configuration
    setting = UsageWorker.Setting(
      broker: wiring.broker, database: try wiring.databaseConfiguration(), keyring: try wiring.requiredKeyring(),
      topology: wiring.topology, queue: Topology.usageQueue(named: configuration.usageQueue),
      lanes: lanes ?? configuration.lanes, batchSize: configuration.batchSize, batchDelay: configuration.batchDelay,
      prefetch: configuration.prefetch, maximumAge: configuration.maximumUsageAgeDays, failpoints: wiring.failpoints)
    self.drainTarget = drainTarget
  }

  var part: MonitoredPart? { .usage(setting.broker, queue: setting.queue, lanes: setting.lanes) }

  func start(log: Log, metrics: Metrics, health: Health) throws -> any RunningRole {
    let worker = try UsageWorker(setting, log: log, metrics: metrics, health: health, drainTarget: drainTarget)
    log.info("usage worker started", ["lanes": setting.lanes])
    return Running(worker)
  }

  /// What a process that counts usage has to show.
  final class Running: RunningRole {
    let worker: UsageWorker
    private let news = News()

    fileprivate init(_ worker: UsageWorker) { self.worker = worker }

    var isDone: Bool { worker.statistics.drained != nil }

    func report(to log: Log, isLast: Bool) {
      guard isLast || news.isNew(worker.statistics.settled.current) else { return }
      worker.statistics.report(to: log, isLast ? "usage worker stopped" : "usage counted so far")
    }

    func stop(within deadline: Duration) -> Bool { worker.stop(within: deadline) }
  }
}

extension Statistics {
  fileprivate func report(to log: Log, _ message: LogMessage) {
    log.info(
      message,
      [
        "settled": settled.current, "counted": counted.current, "duplicates": duplicates.current,
        "conflicts": conflicts.current, "voided": voided.current, "deadLetters": deadLetters.current,
        "oversized": oversized.current, "batches": batches.current, "thresholdMessages": thresholdMessages.current,
        "brokerFailures": brokerFailures.current, "databaseFailures": databaseFailures.current,
      ])
  }
}
