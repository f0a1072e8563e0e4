import Synchronization

/// What a process tells Prometheus about itself.
///
/// Names follow Prometheus' conventions: base units in the name (`_seconds`, `_bytes`), `_total` for what only rises. Names,
/// help texts and labels are text of this program, so that nothing a publisher sends can show up here.
///
///     let metrics = Metrics()
///     let failures = metrics.counter("usage_billing_broker_failures_total", "Lost broker connections.")
///     failures.add(1)
public final class Metrics: Sendable {
  /// The content type of `text()`.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// How Prometheus understands a value.
  public enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  private struct Family: Sendable {
    let name: StaticString
    let help: StaticString
    let kind: Kind
    var series: [(labels: [MetricLabel], source: Source)] = []
  }

  private enum Source: Sendable {
    case counter(Counter)
    case histogram(Histogram)
    case sampled(@Sendable () -> MetricValue?)
  }

  private let families: Mutex<[Family]> = Mutex([])

  public init() {}

  /// A counter, zero from now on.
  public func counter(_ name: StaticString, _ help: StaticString, _ labels: MetricLabel...) -> Counter {
    let counter = Counter()
    add(name, help, .counter, labels, .counter(counter))
    return counter
  }

  /// A distribution of durations.
  ///
  /// - Parameter bounds: upper ends of the buckets; one for everything above is added.
  public func histogram(
    _ name: StaticString, _ help: StaticString, bounds: [Duration], _ labels: MetricLabel...
  ) -> Histogram {
    let nanoseconds = bounds.map { Int($0 / .nanoseconds(1)) }
    let histogram = Histogram(bounds: nanoseconds, unit: .seconds)
    add(name, help, .histogram, labels, .histogram(histogram))
    return histogram
  }

  /// A distribution of numbers.
  public func histogram(
    _ name: StaticString, _ help: StaticString, bounds: [Int], _ labels: MetricLabel...
  ) -> Histogram {
    let histogram = Histogram(bounds: bounds, unit: .one)
    add(name, help, .histogram, labels, .histogram(histogram))
    return histogram
  }

  /// A value that is asked for whenever metrics are read.
  ///
  /// - Parameter sample: called on the reader's thread, so it must not block. `nil` leaves the series out: what is not known
  ///   is not zero.
  public func sampled(
    _ kind: Kind, _ name: StaticString, _ help: StaticString, _ labels: MetricLabel...,
    sample: @escaping @Sendable () -> MetricValue?
  ) {
    add(name, help, kind, labels, .sampled(sample))
  }

  private func add(
    _ name: StaticString, _ help: StaticString, _ kind: Kind, _ labels: [MetricLabel], _ source: Source
  ) {
    families.withLock { families in
      let index = families.firstIndex { $0.name.description == name.description }
      guard let index else {
        families.append(Family(name: name, help: help, kind: kind, series: [(labels, source)]))
        return
      }
      // The second of the same name and labels would make the whole text unreadable for Prometheus.
      precondition(families[index].kind == kind && !families[index].series.contains { $0.labels == labels })
      families[index].series.append((labels, source))
    }
  }

  /// Everything in Prometheus' text format, version 0.0.4.
  public func text() -> String {
    var text = ""
    for family in families.withLock({ $0 }) {
      var lines = ""
      for (labels, source) in family.series {
        let labels = labels.map(\.text)
        switch source {
        case .counter(let counter): lines += Self.line(family.name, labels, .count(counter.current))
        case .histogram(let histogram): lines += Self.lines(family.name, labels, histogram)
        case .sampled(let sample):
          if let value = sample() { lines += Self.line(family.name, labels, value) }
        }
      }
      guard !lines.isEmpty else { continue }
      text += "# HELP \(family.name) \(Self.escaped(family.help))\n# TYPE \(family.name) \(family.kind.rawValue)\n"
      text += lines
    }
    return text
  }

  private static func lines(_ name: StaticString, _ labels: [String], _ histogram: Histogram) -> String {
    let counts = histogram.cumulated
    let bounds = histogram.bounds.map { histogram.unit.value($0).text } + ["+Inf"]
    var text = ""
    for (bound, count) in zip(bounds, counts) {
      text += line(name, suffix: "_bucket", labels + ["le=\"\(bound)\""], .count(count))
    }
    text += line(name, suffix: "_sum", labels, histogram.sum)
    // The sum of the buckets as just read: the two must agree even while others observe.
    return text + line(name, suffix: "_count", labels, .count(counts.last ?? 0))
  }

  private static func line(
    _ name: StaticString, suffix: StaticString = "", _ labels: [String], _ value: MetricValue
  ) -> String {
    let labels = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
    return "\(name)\(suffix)\(labels) \(value.text)\n"
  }

  private static func escaped(_ help: StaticString) -> String {
    var text = ""
    for character in help.description.unicodeScalars {
      switch character {
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }
}
