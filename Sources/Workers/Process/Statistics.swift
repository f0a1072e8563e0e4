import Messages
import Synchronization

/// What a worker process has done since it started; read by its log, and by operators' tools.
public final class Statistics: Sendable {
  /// Counts up; shared by all lanes.
  public final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    public func add(_ amount: Int) { value.wrappingAdd(amount, ordering: .relaxed) }

    public var current: Int { value.load(ordering: .relaxed) }
  }

  /// Deliveries settled: acknowledged, or rejected for their size.
  public let settled = Counter()
  public let counted = Counter()
  public let duplicates = Counter()
  /// Duplicates that said something else than what was counted.
  public let conflicts = Counter()
  public let voided = Counter()
  public let deadLetters = Counter()
  public let oversized = Counter()
  public let batches = Counter()
  public let thresholdMessages = Counter()
  public let unroutableMessages = Counter()
  public let brokerFailures = Counter()
  public let databaseFailures = Counter()

  private let reasons: Mutex<[BadMessage.Reason: Int]> = Mutex([:])
  private let started = ContinuousClock.now
  private let drain: Mutex<Drain?>
  /// Rung when a drain is complete.
  public let bell = Doorbell()

  /// A number of deliveries after which the time is taken.
  private struct Drain {
    let target: Int
    var elapsed: Duration?
  }

  /// - Parameter drainTarget: take the time when so many deliveries are settled.
  public init(drainTarget: Int? = nil) { drain = Mutex(drainTarget.map { Drain(target: $0) }) }

  /// Dead letters by reason.
  public var deadLetterReasons: [BadMessage.Reason: Int] { reasons.withLock { $0 } }

  /// How long it took from the start to the drain target; `nil` until then.
  public var drained: Duration? { drain.withLock { $0?.elapsed } }

  func noteBad(_ reason: BadMessage.Reason) { reasons.withLock { $0[reason, default: 0] += 1 } }

  func note(_ batch: Batch, _ written: Written, dead: Int) {
    counted.add(written.counted)
    duplicates.add(written.duplicates)
    conflicts.add(written.conflicts)
    voided.add(written.voided)
    deadLetters.add(dead)
    oversized.add(batch.oversized.count)
    batches.add(1)
    settled.add(batch.count)
    let isDrained = drain.withLock { drain in
      guard let target = drain?.target, drain?.elapsed == nil, settled.current >= target else { return false }
      drain?.elapsed = started.duration(to: .now)
      return true
    }
    if isDrained { bell.ring() }
  }
}
