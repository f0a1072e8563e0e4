/// A number of a metric. There is no floating point: what is counted is whole, what is timed has nanoseconds.
public enum MetricValue: Sendable, Equatable {
  case count(Int)
  case seconds(Duration)

  var text: String {
    switch self {
    case .count(let count): String(count)
    case .seconds(let duration): duration.logText
    }
  }
}

/// What a metric's value is counted in.
enum MetricUnit: Sendable {
  case one
  /// Kept as nanoseconds, shown as seconds.
  case seconds

  func value(_ number: Int) -> MetricValue {
    switch self {
    case .one: .count(number)
    case .seconds: .seconds(.nanoseconds(number))
    }
  }
}
