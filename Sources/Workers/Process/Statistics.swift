import Messages
import Operations
import Synchronization

/// What a worker process has done since it started; read by its log, and by Prometheus.
public final class Statistics: Sendable {
  /// Deliveries settled: acknowledged, or rejected for their size.
  public let settled: Counter
  public let counted: Counter
  public let duplicates: Counter
  /// Duplicates that said something else than what was counted.
  public let conflicts: Counter
  public let voided: Counter
  /// What stands otherwise than it should by now, since its period is closed.
  public let differences: Counter
  public let deadLetters = Counter()
  public let oversized: Counter
  public let batches = Counter()
  public let thresholdMessages: Counter
  public let unroutableMessages: Counter
  public let brokerFailures: Counter
  public let databaseFailures: Counter

  let batchSizes: Histogram
  let decoding: Histogram
  let writing: Histogram
  let acknowledging: Histogram

  private let reasons: [BadMessage.Reason: Counter]
  private let started = ContinuousClock.now
  private let drain: Mutex<Drain?>
  /// Rung when a drain is complete.
  public let bell = Doorbell()

  /// A number of deliveries after which the time is taken.
  private struct Drain {
    let target: Int
    var elapsed: Duration?
  }

  /// - Parameters:
  ///   - labels: of the queue that is worked off; each series has its label.
  ///   - metrics: where all of it is shown.
  ///   - drainTarget: take the time when so many deliveries are settled.
  public init(_ labels: QueueLabels, metrics: Metrics, drainTarget: Int? = nil) {
    let queue = MetricLabel("queue", labels.work)
    drain = Mutex(drainTarget.map { Drain(target: $0) })
    settled = metrics.counter(
      "usage_billing_deliveries_settled_total", "Deliveries acknowledged, or rejected for their size.", queue)
    func records(_ outcome: StaticString) -> Counter {
      metrics.counter(
        "usage_billing_records_total", "Records and charges, by what came of them.",
        queue, MetricLabel("outcome", outcome))
    }
    counted = records("counted")
    duplicates = records("duplicate")
    voided = records("voided")
    conflicts = metrics.counter(
      "usage_billing_record_conflicts_total", "Duplicates that said something else than what was counted.",
      queue)
    differences = metrics.counter(
      "usage_billing_closed_period_differences_total",
      "Events that would have changed a record, had its billing period not been closed.", queue)
    reasons = Dictionary(
      uniqueKeysWithValues: BadMessage.Reason.allCases.map { reason in
        let counter = metrics.counter(
          "usage_billing_dead_letters_total", "Messages sent to the dead-letter queue, by reason.",
          queue, MetricLabel("reason", reason))
        return (reason, counter)
      })
    oversized = metrics.counter(
      "usage_billing_oversized_messages_total", "Messages rejected for their size, dead-lettered by the broker.",
      queue)
    batchSizes = metrics.histogram(
      "usage_billing_batch_messages", "Deliveries of a batch.",
      bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000], queue)
    func step(_ step: StaticString) -> Histogram {
      metrics.histogram(
        "usage_billing_batch_duration_seconds", "Time that a batch took, by step.",
        bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000].map { .milliseconds($0) },
        queue, MetricLabel("step", step))
    }
    decoding = step("decode")
    writing = step("write")
    acknowledging = step("acknowledge")
    func messages(_ result: StaticString) -> Counter {
      metrics.counter(
        "usage_billing_threshold_messages_total", "Attempts to publish a threshold message, by result.",
        queue, MetricLabel("result", result))
    }
    thresholdMessages = messages("published")
    unroutableMessages = messages("kept")
    brokerFailures = metrics.counter("usage_billing_broker_failures_total", "Lost or failed broker connections.", queue)
    databaseFailures = metrics.counter(
      "usage_billing_database_failures_total", "Times that a lane found the database not to be written.",
      queue)
  }

  /// How long it took from the start to the drain target; `nil` until then.
  public var drained: Duration? { drain.withLock { $0?.elapsed } }

  func noteBad(_ reason: BadMessage.Reason) { reasons[reason]?.add(1) }

  func note(_ batch: Batch, _ written: Written, dead: Int) {
    counted.add(written.counted)
    duplicates.add(written.duplicates)
    conflicts.add(written.conflicts)
    voided.add(written.voided)
    differences.add(written.differences)
    deadLetters.add(dead)
    oversized.add(batch.oversized.count)
    batches.add(1)
    batchSizes.observe(batch.count)
    settled.add(batch.count)
    let isDrained = drain.withLock { drain in
      guard let target = drain?.target, drain?.elapsed == nil, settled.current >= target else { return false }
      drain?.elapsed = started.duration(to: .now)
      return true
    }
    if isDrained { bell.ring() }
  }
}

extension BadMessage.Reason: MetricLabelValue {
  public var labelText: String { rawValue }
}
