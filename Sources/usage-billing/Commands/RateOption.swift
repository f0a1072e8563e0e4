import Billing
import Ledger

/// The value of `--rate`: `METRIC:unitPrice=0.08,included=100,threshold=500,levels=0.5/0.8/1`.
enum RateOption {
  /// Stands for going back to what the plan says.
  private static let plan = "plan"

  static func read(_ text: String) throws(UsageError) -> CompanyChanges.Rate {
    let halves = text.split(separator: ":", maxSplits: 1)
    guard halves.count == 2, let metric = MetricName(String(halves[0])) else {
      throw UsageError("--rate must be METRIC:FIELD=VALUE,…")
    }
    var rate = CompanyChanges.Rate(metric: metric)
    var seen: Set<Substring> = []
    for field in halves[1].split(separator: ",", omittingEmptySubsequences: false) {
      let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { throw UsageError("--rate \(metric): a field must be NAME=VALUE") }
      guard seen.insert(parts[0]).inserted else { throw UsageError("--rate \(metric): \(parts[0]) is given twice") }
      try set(String(parts[0]), String(parts[1]), &rate)
    }
    return rate
  }

  private static func set(
    _ name: String, _ text: String, _ rate: inout CompanyChanges.Rate
  ) throws(UsageError) {
    let place = "--rate \(rate.metric): \(name)"
    switch name {
    case "unitPrice": rate.unitPrice = try field(text, place, "a decimal price") { Price($0) }
    case "included": rate.included = try field(text, place, "a decimal quantity", quantity)
    case "threshold": rate.threshold = try field(text, place, "a decimal quantity", quantity)
    case "levels": rate.levels = try field(text, place, "shares of the threshold: 0.5/0.8/1", levels)
    default: throw UsageError("--rate \(rate.metric): the fields are unitPrice, included, threshold, levels")
    }
  }

  private static func field<Value: Sendable>(
    _ text: String, _ place: String, _ rule: String, _ read: (String) -> Value?
  ) throws(UsageError) -> CompanyChanges.Field<Value> {
    if text == plan { return .plan }
    guard let value = read(text) else { throw UsageError("\(place) must be \(rule), or \(plan)") }
    return .value(value)
  }

  private static func quantity(_ text: String) -> Quantity? { Quantity(text) }

  /// An empty list silences the warnings.
  private static func levels(_ text: String) -> [Quantity]? {
    if text == "none" { return [] }
    var levels: [Quantity] = []
    for part in text.split(separator: "/", omittingEmptySubsequences: false) {
      guard let level = Quantity(String(part)) else { return nil }
      levels.append(level)
    }
    return levels
  }
}
