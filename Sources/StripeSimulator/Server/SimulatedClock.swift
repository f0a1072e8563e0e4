import Glibc

/// Stripe's time: that of the machine, moved, or standing still.
struct SimulatedClock: Sendable {
  private enum Course: Sendable {
    /// Microseconds ahead of the machine's.
    case running(Int64)
    /// Microseconds since 1970.
    case standing(Int64)
  }

  private var course = Course.running(0)

  /// Microseconds since 1970.
  var now: Int64 {
    switch course {
    case .running(let offset): Self.machineTime + offset
    case .standing(let time): time
    }
  }

  /// Seconds since 1970, as Stripe writes times.
  var seconds: Int { Int(now / 1_000_000) }

  var isStanding: Bool {
    if case .standing = course { return true }
    return false
  }

  /// - Parameter isStanding: whether it stays there.
  mutating func set(_ time: Int64, isStanding: Bool) {
    course = isStanding ? .standing(time) : .running(time - Self.machineTime)
  }

  mutating func advance(by microseconds: Int64) {
    switch course {
    case .running(let offset): course = .running(offset + microseconds)
    case .standing(let time): course = .standing(time + microseconds)
    }
  }

  /// The machine's own, in microseconds since 1970: when requests came is told in it.
  static var machineTime: Int64 {
    var time = timespec()
    // It cannot fail for this clock.
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}
