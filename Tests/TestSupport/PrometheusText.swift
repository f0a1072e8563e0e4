/// Prometheus' text format, version 0.0.4, read more strictly than Prometheus itself does: what is odd is an error.
public struct PrometheusText {
  /// One line of numbers.
  public struct Sample: Sendable {
    public let name: String
    public let labels: [String: String]
    public let value: Double
  }

  public private(set) var samples: [Sample] = []
  public private(set) var kinds: [String: String] = [:]
  private var seen: Set<String> = []

  public init(_ text: String) throws {
    guard text.hasSuffix("\n") else { throw TestFailure("the text ends within a line") }
    var family = ""
    for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
      let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
      if line.hasPrefix("# HELP ") {
        guard words.count == 4, !words[3].isEmpty, kinds[words[2]] == nil else { throw TestFailure("help: \(line)") }
        family = words[2]
      } else if line.hasPrefix("# TYPE ") {
        guard words.count == 4, words[2] == family, ["counter", "gauge", "histogram"].contains(words[3]) else {
          throw TestFailure("type: \(line)")
        }
        kinds[family] = words[3]
      } else {
        try read(String(line), family: family)
      }
    }
    try checkHistograms()
  }

  /// The value of the series with these labels, and no others.
  public func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    samples.first { $0.name == name && $0.labels == labels }?.value
  }

  private mutating func read(_ line: String, family: String) throws {
    guard let kind = kinds[family], let space = line.lastIndex(of: " "),
      let value = Double(line[line.index(after: space)...])
    else { throw TestFailure("sample: \(line)") }
    let series = line[..<space]
    guard seen.insert(String(series)).inserted else { throw TestFailure("twice: \(line)") }
    let name = String(series.prefix { $0 != "{" })
    let suffixes = kind == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
    guard suffixes.contains(where: { family + $0 == name }), (kind == "counter") == name.hasSuffix("_total"),
      value.isFinite, kind == "gauge" || value >= 0, name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil
    else { throw TestFailure("sample: \(line)") }
    samples.append(Sample(name: name, labels: try Self.labels(series.dropFirst(name.count)), value: value))
  }

  private static func labels(_ text: Substring) throws -> [String: String] {
    guard !text.isEmpty else { return [:] }
    guard text.hasPrefix("{"), text.hasSuffix("}") else { throw TestFailure("labels: \(text)") }
    var rest = text.dropFirst().dropLast()
    var labels: [String: String] = [:]
    while !rest.isEmpty {
      guard let match = rest.prefixMatch(of: /([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/),
        labels.updateValue(String(match.2), forKey: String(match.1)) == nil
      else { throw TestFailure("labels: \(text)") }
      rest = rest[match.range.upperBound...]
    }
    return labels
  }

  private func checkHistograms() throws {
    for (name, kind) in kinds where kind == "histogram" {
      var buckets: [[String: String]: [(bound: Double, count: Double)]] = [:]
      for sample in samples where sample.name == name + "_bucket" {
        var labels = sample.labels
        guard let bound = labels.removeValue(forKey: "le").flatMap({ $0 == "+Inf" ? .infinity : Double($0) }) else {
          throw TestFailure("a bucket of \(name) has no bound")
        }
        buckets[labels, default: []].append((bound, sample.value))
      }
      for (labels, list) in buckets {
        let isAscending = zip(list, list.dropFirst()).allSatisfy { $0.bound < $1.bound && $0.count <= $1.count }
        guard isAscending, list.last?.bound == .infinity, list.last?.count == value(name + "_count", labels),
          value(name + "_sum", labels) != nil
        else { throw TestFailure("the buckets of \(name) \(labels)") }
      }
      guard !buckets.isEmpty else { throw TestFailure("\(name) has no buckets") }
    }
  }
}
