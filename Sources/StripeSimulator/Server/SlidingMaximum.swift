/// The most that came within any second.
struct SlidingMaximum: Sendable {
  private(set) var total = 0
  private(set) var maximum = 0
  /// By second of machine time, in order.
  private(set) var seconds: [(second: Int, count: Int)] = []
  private var window: [(time: Int64, count: Int)] = []
  private var oldest = 0
  private var inWindow = 0

  mutating func add(_ count: Int, at time: Int64) {
    total += count
    window.append((time, count))
    inWindow += count
    while window[oldest].time <= time - 1_000_000 {
      inWindow -= window[oldest].count
      oldest += 1
    }
    if oldest > 4096, oldest > window.count / 2 {
      window.removeFirst(oldest)
      oldest = 0
    }
    maximum = max(maximum, inWindow)
    let second = Int(time / 1_000_000)
    if let last = seconds.last, last.second >= second {
      seconds[seconds.count - 1].count += count
    } else {
      seconds.append((second, count))
    }
  }
}
