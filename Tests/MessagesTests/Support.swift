import Billing
import Messages

let testNow = Instant(microseconds: 1_737_331_200_000_000)  // 2025-01-20T00:00:00Z
let testKeys =
  "2:\(String(repeating: "fedcba9876543210", count: 4)),1:\(String(repeating: "0123456789abcdef", count: 4))"

let testMetrics: [MetricName: Metric] = {
  var metrics: [MetricName: Metric] = [:]
  let all: [(String, Metric.Source, Aggregation)] = [
    ("order", .message, .sum), ("invoice", .message, .sum), ("storage", .message, .max),
    ("patient_seen", .message, .unique), ("radiology_standard", .internal, .sum),
    ("patient_activation", .internal, .sum),
  ]
  for (text, source, aggregation) in all {
    guard let name = MetricName(text) else { continue }
    metrics[name] = Metric(name: name, unit: text, source: source, aggregation: aggregation)
  }
  return metrics
}()

func makeDecoder(keys: String = testKeys) throws -> UsageDecoder {
  try UsageDecoder(keyring: PseudonymKeyring(keys), maximumAge: 400)
}

func body(_ fields: String) -> [UInt8] {
  Array(
    #"{"usageId":"u-1","companyId":"comp-123","metric":"order","quantity":1,"timestamp":"2025-01-15T12:00:00Z"\#(fields)}"#
      .utf8)
}
