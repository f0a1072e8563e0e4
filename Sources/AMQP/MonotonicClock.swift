import Glibc

/// Nanoseconds of the clock that nobody sets; the unit of every deadline in this module.
enum MonotonicClock {
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }

  /// The instant `duration` from now; negative durations count as zero, very long ones as a thousand years.
  static func deadline(in duration: Duration) -> UInt64 {
    now() &+ nanoseconds(of: duration)
  }

  static func nanoseconds(of duration: Duration) -> UInt64 {
    let parts = duration.components
    guard parts.seconds >= 0, parts.attoseconds >= 0 else { return 0 }
    let seconds = UInt64(min(parts.seconds, 1_000_000_000))
    return seconds * 1_000_000_000 + UInt64(parts.attoseconds / 1_000_000_000)
  }
}
