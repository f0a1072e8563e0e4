import JSON
import TestSupport

/// A threshold message as a subscriber reads it; numbers as they were written.
struct Alert: Hashable {
  let messageID: String
  let company: String
  let metric: String
  let level: String
  let severity: String
  let currentUsage: String
  let threshold: String
  let estimatedCost: String

  init(_ letter: TestBroker.Letter) throws {
    let message = try JSONValue.parse(letter.body)
    func text(_ name: String) throws -> String {
      switch message[name] {
      case .string(let text), .number(let text): return text
      default: throw TestFailure("a threshold message without \(name): \(letter.text)")
      }
    }
    messageID = try text("messageId")
    guard letter.properties.messageID == messageID, letter.properties.contentType == "application/json",
      letter.properties.deliveryMode == 2, letter.properties.routingKey == "billing.threshold_exceeded"
    else { throw TestFailure("a threshold message with other properties: \(letter.properties)") }
    company = try text("companyId")
    metric = try text("metric")
    level = try text("level")
    severity = try text("severity")
    currentUsage = try text("currentUsage")
    threshold = try text("threshold")
    estimatedCost = try text("estimatedCost")
  }
}
