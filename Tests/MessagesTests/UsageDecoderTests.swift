import Billing
import JSON
import Messages
import TestSupport
import Testing

@Suite("UsageDecoder")
struct UsageDecoderTests {
  @Test("every kind of bad message has its reason and field", arguments: try Fixture.load("bad.jsonl"))
  func bad(fixture: Fixture) throws {
    let decoder = try makeDecoder()
    let error = #expect(throws: BadMessage.self) {
      try decoder.decode(fixture.body, now: testNow, metrics: testMetrics)
    }
    #expect(error?.reason.rawValue == fixture.text("reason"))
    #expect(error?.field.description == fixture.text("field"))
    // What was wrong with one message says nothing about the next.
    _ = try decoder.decode(body(""), now: testNow, metrics: testMetrics)
  }

  @Test("every kind of good message is read as it was meant", arguments: try Fixture.load("good.jsonl"))
  func good(fixture: Fixture) throws {
    let event = try makeDecoder().decode(fixture.body, now: testNow, metrics: testMetrics)
    if let id = fixture.text("usageId") { #expect(event.usageID.text == id) }
    if let timestamp = fixture.text("timestamp") { #expect(event.timestamp.description == timestamp) }
    switch event {
    case .voided(let usage):
      #expect(fixture.name.hasPrefix("void"))
      if let reason = fixture.text("voidReason") { #expect(usage.reason == reason) }
    case .recorded(let usage):
      #expect(!fixture.name.hasPrefix("void"))
      if let quantity = fixture.text("quantity") { #expect(usage.quantity.description == quantity) }
      #expect((usage.user != nil) == fixture.flag("hasUser"))
      #expect((usage.subject != nil) == fixture.flag("hasSubject"))
      #expect((usage.subscription != nil) == fixture.flag("hasSubscription"))
      if let metadata = fixture.text("metadata") { #expect(usage.metadata == Array(metadata.utf8)) }
    }
  }

  @Test("there are at least sixty kinds of bad message, no two with one name")
  func breadth() throws {
    let names = try Fixture.load("bad.jsonl").map(\.name)
    #expect(names.count >= 60)
    #expect(Set(names).count == names.count)
  }

  @Test("one decoder reads all messages one after another as it reads each alone")
  func reuse() throws {
    let decoder = try makeDecoder()
    let fixtures = try Fixture.load("bad.jsonl") + Fixture.load("good.jsonl")
    func verdict(_ decoder: UsageDecoder, _ body: [UInt8]) -> String {
      do throws(BadMessage) {
        return "\(try decoder.decode(body, now: testNow, metrics: testMetrics))"
      } catch {
        return error.description
      }
    }
    for fixture in fixtures + fixtures.reversed() {
      #expect(verdict(decoder, fixture.body) == verdict(try makeDecoder(), fixture.body), "\(fixture.name)")
    }
  }

  @Test("fields that a catalog change takes away or gives are judged by the catalog handed in")
  func catalog() throws {
    let decoder = try makeDecoder()
    let error = #expect(throws: BadMessage.self) { try decoder.decode(body(""), now: testNow, metrics: [:]) }
    #expect(error?.reason == .unknownMetric)
    guard case .recorded(let usage) = try decoder.decode(body(""), now: testNow, metrics: testMetrics) else {
      Issue.record("not recorded")
      return
    }
    #expect(usage.metric.aggregation == .sum)
  }

  @Test("truncated anywhere, a message is bad JSON, and never anything else")
  func truncation() throws {
    let decoder = try makeDecoder()
    let whole = body(#","userId":"ü","metadata":{"a":[1.5e3,"\u00e9"]}"#)
    for end in 0..<whole.count {
      let error = #expect(throws: BadMessage.self) {
        try decoder.decode(Array(whole[..<end]), now: testNow, metrics: testMetrics)
      }
      #expect(error?.reason == .malformedJSON || error?.reason == .notUTF8)
    }
  }
}

extension Fixture: CustomTestStringConvertible {
  public var testDescription: String { name }
}
