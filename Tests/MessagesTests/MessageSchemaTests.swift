import Billing
import JSON
import Messages
import TestSupport
import Testing

@Suite("Message schemas and the code that they describe")
struct MessageSchemaTests {
  private let recorded: MessageSchema
  private let voided: MessageSchema

  init() throws {
    recorded = try MessageSchema.load("usage.recorded")
    voided = try MessageSchema.load("usage.voided")
  }

  private func schemasAccept(_ body: [UInt8]) throws -> (recorded: Bool, voided: Bool)? {
    guard let value = try? JSONValue.parse(body) else { return nil }
    return (try recorded.accepts(value), try voided.accepts(value))
  }

  /// Text that has no Unicode meaning cannot be handed to a schema.
  private func hasLoneSurrogate(_ body: [UInt8]) -> Bool {
    do throws(JSONError) {
      _ = try JSONValue.parse(body)
      return false
    } catch {
      return error.code == .unpairedSurrogate
    }
  }

  @Test(
    "what the decoder takes, the schema of its kind takes, and only that one", arguments: try Fixture.load("good.jsonl")
  )
  func good(fixture: Fixture) throws {
    let event = try makeDecoder().decode(fixture.body, now: testNow, metrics: testMetrics)
    guard !hasLoneSurrogate(fixture.body) else { return }
    let verdict = try #require(try schemasAccept(fixture.body))
    switch event {
    case .recorded: #expect(verdict == (true, false))
    case .voided: #expect(verdict == (false, true))
    }
  }

  @Test(
    "what is bad by its structure, the schemas refuse too",
    arguments: try Fixture.load("bad.jsonl").filter { $0.flag("schemaRefuses") })
  func bad(fixture: Fixture) throws {
    guard let verdict = try schemasAccept(fixture.body) else { return }
    #expect(verdict == (false, false))
  }

  @Test("what is bad only by its value or by the catalog, a schema takes", arguments: try Fixture.load("bad.jsonl"))
  func valueRules(fixture: Fixture) throws {
    guard !fixture.flag("schemaRefuses"), let verdict = try schemasAccept(fixture.body) else { return }
    #expect(verdict.recorded != verdict.voided)
  }

  @Test("messages changed at random that the decoder takes, the schema takes", arguments: [1, 2])
  func random(seed: UInt64) throws {
    var state = seed
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let values = [
      "1", "-1", "0.5", "1e3", "1e400", "\"1\"", "\"\"", "\"order\"", "\"a\\nb\"", "null", "true", "[]", "{}",
      "{\"a\":1}",
      "\"2025-01-15T12:00:00Z\"", "\"2025-02-30T12:00:00Z\"", "\"2024-02-29T00:00:00+01:00\"", "\"u-1\"", "\"comp-1\"",
      "\"void:1\"", "\"é😀\"",
    ]
    let names = [
      "usageId", "companyId", "metric", "usageType", "quantity", "timestamp", "userId", "subjectId", "subscriptionId",
      "metadata", "reason", "other",
    ]
    let usual = [
      "usageId": "\"u-1\"", "companyId": "\"comp-1\"", "metric": "\"order\"", "quantity": "1",
      "timestamp": "\"2025-01-15T12:00:00Z\"",
    ]
    let decoder = try makeDecoder()
    var taken = 0
    for _ in 0..<3000 {
      var fields = usual
      for _ in 0..<(1 + next(3)) {
        let name = names[next(names.count)]
        fields[name] = next(4) == 0 ? nil : values[next(values.count)]
      }
      let body = Array("{\(fields.sorted { $0.key < $1.key }.map { "\"\($0)\":\($1)" }.joined(separator: ","))}".utf8)
      guard let event = try? decoder.decode(body, now: testNow, metrics: testMetrics) else { continue }
      taken += 1
      let verdict = try #require(try schemasAccept(body))
      if case .recorded = event {
        try #require(verdict == (true, false), "\(String(decoding: body, as: UTF8.self))")
      } else {
        try #require(verdict == (false, true), "\(String(decoding: body, as: UTF8.self))")
      }
    }
    #expect(taken > 100)
  }

  @Test(
    "the schemas' own examples are right", arguments: ["usage.recorded", "usage.voided", "billing.threshold_exceeded"])
  func examples(message: String) throws {
    let schema = try MessageSchema.load(message)
    #expect(!schema.examples.isEmpty)
    for example in schema.examples {
      #expect(try schema.accepts(example))
      guard message.hasPrefix("usage") else { continue }
      var json = JSONWriter()
      json.value(example)
      _ = try makeDecoder().decode(
        json.bytes, now: testNow, metrics: testMetrics.merging(apiCall) { first, _ in first })
    }
  }

  private var apiCall: [MetricName: Metric] {
    guard let name = MetricName("api_call") else { return [:] }
    return [name: Metric(name: name, unit: "call", source: .message, aggregation: .sum)]
  }

  @Test("threshold messages keep to their schema")
  func threshold() throws {
    let schema = try MessageSchema.load("billing.threshold_exceeded")
    for level in ["0.8", "1", "1.5"] {
      let value = try JSONValue.parse(ThresholdExceeded.encode(try makeAlert(level: level)))
      #expect(try schema.accepts(value))
    }
  }

  @Test("the checker refuses a schema with a keyword that it does not check")
  func unknownKeywords() throws {
    let schema = try JSONValue.parse(Array(#"{"properties":{"a":{"multipleOf":2}}}"#.utf8))
    #expect(throws: MessageSchema.UnknownKeyword.self) { try MessageSchema(schema) }
  }
}
