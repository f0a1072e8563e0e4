import Glibc

/// A point on the monotonic clock by which something has to be done.
struct Deadline {
  private let instant: Int64

  init(after duration: Duration) {
    let (sum, overflow) = Self.now().addingReportingOverflow(duration.wholeNanoseconds)
    instant = overflow ? .max : sum
  }

  var hasPassed: Bool { Self.now() >= instant }

  /// For `poll`: rounded up, so that a wait does not spin through its last fraction of a millisecond.
  var remainingMilliseconds: Int32 {
    let nanoseconds = max(0, instant - Self.now())
    return Int32(clamping: nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 == 0 ? 0 : 1))
  }

  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

extension Duration {
  var wholeMilliseconds: Int64 { wholeNanoseconds / 1_000_000 }

  /// Clamped to what 63 bits hold, about 292 years.
  var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, sumOverflow) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    guard overflow || sumOverflow else { return sum }
    return seconds < 0 ? .min : .max
  }
}

/// Waits until the socket is ready for one of `events`, in slices of at most `slice` milliseconds.
/// - Returns: the events that came, 0 when a slice or the deadline passed first. An error of the socket counts as ready,
///   because the following read or write is what tells it.
func waitForSocket(_ descriptor: Int32, events: Int32, until deadline: Deadline, slice: Int32 = .max) -> Int32 {
  var entry = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)
  while true {
    let count = poll(&entry, 1, min(slice, deadline.remainingMilliseconds))
    if count < 0, errno == EINTR { continue }
    if count < 0 { return events }
    return count == 0 ? 0 : Int32(entry.revents)
  }
}
