import Billing
import JSON
import Messages
import Testing

func makeAlert(level: String, usage: String = "8000", cost: String = "800.00") throws -> ThresholdAlert {
  let company = try #require(CompanyID("comp-123"))
  let metric = try #require(MetricName("order"))
  let level = try #require(Quantity(level))
  let start = try #require(Instant("2025-01-01T00:00:00Z"))
  let id = try ThresholdExceeded.messageID(
    company: company, metric: metric, periodStart: start, threshold: Quantity(10_000), level: level)
  return ThresholdAlert(
    messageID: id, companyID: company, metric: metric, currentUsage: try #require(Quantity(usage)),
    threshold: Quantity(10_000), level: level, estimatedCost: cost, currency: "usd", periodStart: start,
    periodEnd: try #require(Instant("2025-02-01T00:00:00Z")),
    occurredAt: try #require(Instant("2025-01-20T08:30:00.5Z")))
}

@Suite("ThresholdExceeded")
struct ThresholdExceededTests {
  @Test("the body has the contract's fields, exact numbers and the severity of its level")
  func encoding() throws {
    let alert = try makeAlert(level: "0.8")
    #expect(
      String(decoding: ThresholdExceeded.encode(alert), as: UTF8.self)
        == #"{"messageId":"\#(alert.messageID)","companyId":"comp-123","metric":"order","currentUsage":8000,"#
        + #""threshold":10000,"level":0.8,"severity":"warning","estimatedCost":800.00,"currency":"usd","#
        + #""periodStart":"2025-01-01T00:00:00Z","periodEnd":"2025-02-01T00:00:00Z","occurredAt":"2025-01-20T08:30:00.5Z"}"#
    )
  }

  @Test(
    "it is a warning below level 1 and an alert from 1 on",
    arguments: [("0.8", "warning"), ("0.999999999", "warning"), ("1", "alert"), ("1.5", "alert")])
  func severity(level: String, expected: String) throws {
    #expect(try makeAlert(level: level).severity.rawValue == expected)
  }

  @Test("fractions and large quantities stay exact")
  func exactNumbers() throws {
    let value = try JSONValue.parse(
      ThresholdExceeded.encode(try makeAlert(level: "1", usage: "90071992547409931.000000001", cost: "0.10")))
    #expect(value["currentUsage"] == .number("90071992547409931.000000001"))
    #expect(value["estimatedCost"] == .number("0.10"))
  }

  @Test("the message id is the same for the same level of a threshold, and another for any other")
  func messageID() throws {
    func id(
      _ company: String = "comp-123", _ metric: String = "order", _ start: String = "2025-01-01T00:00:00Z",
      _ threshold: String = "10000", _ level: String = "0.8"
    ) throws -> String {
      try ThresholdExceeded.messageID(
        company: #require(CompanyID(company)), metric: #require(MetricName(metric)),
        periodStart: #require(Instant(start)), threshold: #require(Quantity(threshold)),
        level: #require(Quantity(level)))
    }
    // Pinned: a release that made other ids would announce everything again.
    #expect(try id() == "54eb2291-9ec9-888a-aef2-b127978306cc")
    #expect(try id() == id("comp-123", "order", "2025-01-01T01:00:00+01:00", "10000.00", "0.80"))
    let others = try [
      id("comp-124"), id("comp-123", "invoice"), id("comp-123", "order", "2025-02-01T00:00:00Z"),
      id("comp-123", "order", "2025-01-01T00:00:00Z", "1000"),
      id("comp-123", "order", "2025-01-01T00:00:00Z", "10000", "1"), id(),
    ]
    #expect(Set(others).count == others.count)
    for id in others {
      #expect(
        try Regex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}").wholeMatch(in: id) != nil)
    }
  }
}
