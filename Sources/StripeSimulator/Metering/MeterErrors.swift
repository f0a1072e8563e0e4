/// Errors until they are reported, and the reports.
struct MeterErrors: Sendable {
  /// Errors of one meter (of none, where there is none) that are reported together.
  private struct Window: Sendable {
    let meter: String?
    let start: Int64
    var errors: [MeterError] = []
  }

  /// The oldest first.
  private var windows: [Window] = []
  /// Everything found so far.
  private(set) var counts: [MeterError.Code: Int] = [:]

  mutating func add(_ code: MeterError.Code, _ event: MeterEvent, _ meter: Meter?, now: Int64) {
    counts[code, default: 0] += 1
    let place = windows.firstIndex { $0.meter == meter?.id } ?? windows.count
    if place == windows.count { windows.append(Window(meter: meter?.id, start: now)) }
    windows[place].errors.append(MeterError(code: code, identifier: event.identifier))
  }

  /// Makes reports of the windows that began before `time`.
  mutating func report(begunBefore time: Int64, now: Int64, isLive: Bool, _ make: (MeterErrorReport) -> Void) {
    while let window = windows.first, window.start <= time {
      windows.removeFirst()
      make(MeterErrorReport(meter: window.meter, errors: window.errors, start: window.start, end: now))
    }
  }
}
