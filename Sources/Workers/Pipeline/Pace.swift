/// How much a lane takes at once: everything when all is well, next to nothing while a message may be one that kills its
/// worker.
///
/// A crash counts as a failed delivery for every message the worker had fetched. A killer at the head of the queue would
/// drag thousands of healthy messages with it, over the delivery limit. So each connection begins by fetching one message
/// and takes more as soon as the deliveries look harmless; a message that failed often is fetched and handled alone.
public struct Pace: Sendable, Equatable {
  /// Failed deliveries from which on a message is suspected of killing its worker.
  static let suspicious = 3
  static let carefulPrefetch = 32
  static let redeliveredBatch = 50

  public enum Level: Sendable, Equatable {
    case single
    case careful
    case full
  }

  public private(set) var level = Level.single
  private let fullPrefetch: Int
  private let fullBatch: Int

  public init(prefetch: Int, batch: Int) {
    fullPrefetch = prefetch
    fullBatch = batch
  }

  /// The prefetch to consume with.
  public var prefetch: Int {
    switch level {
    case .single: 1
    case .careful: min(Self.carefulPrefetch, fullPrefetch)
    case .full: fullPrefetch
    }
  }

  /// How many messages a batch may have that contains one with so many failed deliveries. Never more than can be fetched
  /// at once: the batch would wait for what cannot come before it is settled.
  public func batchLimit(afterFailures failures: Int) -> Int {
    if failures >= Self.suspicious { return 1 }
    return min(prefetch, failures > 0 ? min(Self.redeliveredBatch, fullBatch) : fullBatch)
  }

  /// Takes note of a settled batch.
  ///
  /// - Parameter failures: the most failed deliveries that one of its messages had.
  /// - Returns: whether the prefetch is another one now, so that the consumer must be made anew.
  public mutating func note(failures: Int) -> Bool {
    let before = prefetch
    switch failures {
    case 0: level = .full
    case ..<Self.suspicious: level = level == .full ? .full : .careful
    default: level = .single
    }
    return prefetch != before
  }
}
