import Glibc

/// When each message is due.
struct LoadPace {
  /// Messages a second.
  private let rate: Int?
  private let start = LoadPace.now()

  init(rate: Int?) { self.rate = rate }

  /// Nanoseconds until the message with this number is due; 0 when it is.
  func delay(before number: Int) -> UInt64 {
    guard let rate else { return 0 }
    let due = start + UInt64(number) * 1_000_000_000 / UInt64(max(1, rate))
    let now = Self.now()
    return due > now ? due - now : 0
  }

  var elapsedMilliseconds: Int { Int((Self.now() - start) / 1_000_000) }

  static func sleep(_ nanoseconds: UInt64) {
    var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    // Woken early by a signal it returns early; the caller looks at the clock again.
    _ = nanosleep(&time, nil)
  }

  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
