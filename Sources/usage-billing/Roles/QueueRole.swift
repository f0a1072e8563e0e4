import Operations
import Workers

/// Working a queue off.
struct QueueRole: Role {
  private let queue: WorkedQueue
  private let wiring: Wiring
  private let setting: QueueWorker.Setting
  private let drainTarget: Int?

  /// - Parameters:
  ///   - lanes: in place of `LANES`.
  ///   - drainTarget: done when so many messages are settled.
  init(_ queue: WorkedQueue, _ wiring: Wiring, lanes: Int? = nil, drainTarget: Int? = nil) throws {
    let configuration = wiring.configuration
    self.queue = queue
    self.wiring = wiring
    setting = QueueWorker.Setting(
      broker: wiring.broker, database: try wiring.databaseConfiguration(), topology: wiring.topology,
      queue: queue.queue(configuration), labels: queue.labels, keyring: try wiring.requiredKeyring(),
      maximumAgeDays: configuration.maximumUsageAgeDays, lanes: lanes ?? configuration.lanes,
      batchSize: configuration.batchSize, batchDelay: configuration.batchDelay, prefetch: configuration.prefetch,
      failpoints: wiring.failpoints)
    self.drainTarget = drainTarget
  }

  var part: MonitoredPart? { .queue(setting.broker, setting.queue, labels: setting.labels, lanes: setting.lanes) }

  func start(log: Log, metrics: Metrics, health: Health) throws -> any RunningRole {
    let worker = try queue.start(
      wiring, setting, log: log, metrics: metrics, health: health, drainTarget: drainTarget)
    log.info(queue.log.started, ["lanes": setting.lanes])
    return Running(worker, queue.log)
  }

  /// What a process that works a queue off has to show.
  final class Running: RunningRole {
    let worker: QueueWorker
    private let lines: WorkedQueue.Lines
    private let news = News()

    fileprivate init(_ worker: QueueWorker, _ lines: WorkedQueue.Lines) {
      self.worker = worker
      self.lines = lines
    }

    var isDone: Bool { worker.statistics.drained != nil }

    func report(to log: Log, isLast: Bool) {
      guard isLast || news.isNew(worker.statistics.settled.current) else { return }
      worker.statistics.report(to: log, isLast ? lines.stopped : lines.soFar)
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
        "conflicts": conflicts.current, "voided": voided.current, "differences": differences.current,
        "deadLetters": deadLetters.current,
        "oversized": oversized.current, "batches": batches.current, "thresholdMessages": thresholdMessages.current,
        "brokerFailures": brokerFailures.current, "databaseFailures": databaseFailures.current,
      ])
  }
}
