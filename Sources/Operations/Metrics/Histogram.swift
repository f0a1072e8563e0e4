import Synchronization

/// How often values fell into which range, and their sum. From any thread; a few atomic additions an observation.
public final class Histogram: Sendable {
  let unit: MetricUnit
  /// Upper bounds, inclusive, ascending.
  let bounds: [Int]
  private let buckets: [Bucket]
  private let total = Atomic<Int>(0)

  private final class Bucket: Sendable {
    let count = Atomic<Int>(0)
  }

  init(bounds: [Int], unit: MetricUnit) {
    self.unit = unit
    self.bounds = bounds.sorted()
    buckets = (0...bounds.count).map { _ in Bucket() }
  }

  public func observe(_ count: Int) { note(count) }

  public func observe(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    // Nothing that is timed takes the 292 years that this holds.
    note(
      Int(clamping: seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue + attoseconds / 1_000_000_000))
  }

  private func note(_ value: Int) {
    buckets[bounds.firstIndex { value <= $0 } ?? bounds.count].count.wrappingAdd(1, ordering: .relaxed)
    total.wrappingAdd(value, ordering: .relaxed)
  }

  /// How many values were at most each bound, then how many there were at all.
  var cumulated: [Int] {
    var sum = 0
    return buckets.map { bucket in
      sum += bucket.count.load(ordering: .relaxed)
      return sum
    }
  }

  var sum: MetricValue { unit.value(total.load(ordering: .relaxed)) }
}
