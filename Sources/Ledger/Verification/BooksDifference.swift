import Billing
import JSON

/// Two figures of the chain from totals to bills that do not agree.
public struct BooksDifference: Sendable, Hashable {
  /// A stable name for programs, one of a fixed list.
  public let kind: String
  public var metric: MetricName?
  /// The billing period's first day.
  public var periodStart: CivilDate?
  public var invoice: InvoiceNumber?
  public var line: Int64?
  public var charge: Int64?
  /// What the books say.
  public let stored: String
  /// What it has to be, by what stands before it in the chain.
  public let expected: String

  public init(_ kind: String, stored: String, expected: String) {
    self.kind = kind
    self.stored = stored
    self.expected = expected
  }

  /// `period 2025-01-01 invoice 17 line 42`.
  var place: String {
    var words: [String] = []
    if let periodStart { words.append("period \(periodStart)") }
    if let invoice { words.append("invoice \(invoice)") }
    if let line { words.append("line \(line)") }
    if let charge { words.append("charge \(charge)") }
    return words.joined(separator: " ")
  }

  func writeFields(to json: inout JSONWriter) {
    json.field("metric", optional: metric?.text)
    json.field("periodStart", optional: periodStart?.description)
    if let invoice { json.field("invoice", Int(invoice.value)) }
    if let line { json.field("line", Int(line)) }
    if let charge { json.field("charge", Int(charge)) }
    json.field("stored", stored)
    json.field("expected", expected)
  }
}
