import Billing
import Messages
import TestSupport
import Testing

@Suite("OrderEventDecoder")
struct OrderEventDecoderTests {
  private static let usual = #""order":{"orderId":"o-1"}"#

  @Test("every kind of bad message has its reason and field", arguments: try Fixture.load("order-bad.jsonl"))
  func bad(fixture: Fixture) throws {
    let decoder = try makeOrderDecoder()
    let error = #expect(throws: BadMessage.self) { try decoder.decode(fixture.body) }
    #expect(error?.reason.rawValue == fixture.text("reason"))
    #expect(error?.field.description == fixture.text("field"))
    // What was wrong with one message says nothing about the next.
    _ = try decoder.decode(orderMessage("order.completed", Self.usual))
  }

  @Test("every kind of good message is read as it was meant", arguments: try Fixture.load("order-good.jsonl"))
  func good(fixture: Fixture) throws {
    let event = try makeOrderDecoder().decode(fixture.body)
    #expect(event.companyID.text == "comp-123")
    #expect(event.moment.occurredAt.description == fixture.text("occurredAt") ?? "2025-01-15T12:00:00Z")
    switch event {
    case .order(let step):
      #expect(step.stage.rawValue == fixture.text("event"))
      #expect(step.imaging.byCode?.rawValue == fixture.text("code"))
      #expect(step.imaging.byModality?.rawValue == fixture.text("modality"))
    case .patient(let step):
      #expect(step.change.rawValue == fixture.text("event"))
    case .charge(let charge):
      #expect(fixture.text("event") == "charge")
      #expect(charge.amount.description == fixture.text("amount"))
      #expect(charge.amount.currency.code == fixture.text("currency"))
      #expect(charge.kind.isCredit == fixture.name.hasPrefix("credit"))
    }
  }

  @Test("there are at least eighty kinds of bad message, no two with one name")
  func breadth() throws {
    let names = try Fixture.load("order-bad.jsonl").map(\.name)
    #expect(names.count >= 80)
    #expect(Set(names).count == names.count)
  }

  @Test("one decoder reads all messages one after another as it reads each alone")
  func reuse() throws {
    let decoder = try makeOrderDecoder()
    let fixtures = try Fixture.load("order-bad.jsonl") + Fixture.load("order-good.jsonl")
    func verdict(_ decoder: OrderEventDecoder, _ body: [UInt8]) -> String {
      do throws(BadMessage) {
        return "\(try decoder.decode(body))"
      } catch {
        return error.description
      }
    }
    for fixture in fixtures + fixtures.reversed() {
      #expect(verdict(decoder, fixture.body) == verdict(try makeOrderDecoder(), fixture.body), "\(fixture.name)")
    }
  }

  @Test("charge kinds are judged by the catalog handed in")
  func chargeKinds() throws {
    let decoder = try makeOrderDecoder()
    let body = Array(
      orderMessage("charge.created", #""charge":{"chargeId":"c","kind":"credit","amount":"-1.00","currency":"usd"}"#)
        .utf8)
    _ = try decoder.decode(body, now: testNow, chargeKinds: testChargeKinds)
    let error = #expect(throws: BadMessage.self) { try decoder.decode(body, now: testNow, chargeKinds: []) }
    #expect(error?.reason == .unknownChargeKind)
  }

  @Test("truncated anywhere, a message is bad JSON, and never anything else")
  func truncation() throws {
    let decoder = try makeOrderDecoder()
    let whole = Array(
      orderMessage("order.completed", #""order":{"orderId":"ü","modality":"\u0043T","x":[1.5e3]}"#).utf8)
    for end in 0..<whole.count {
      let error = #expect(throws: BadMessage.self) { try decoder.decode(Array(whole[..<end])) }
      #expect(error?.reason == .malformedJSON || error?.reason == .notUTF8)
    }
  }

  @Test("a patient has the pseudonym that the same subject of usage has, under every key")
  func pseudonyms() throws {
    guard
      case .patient(let step) = try makeOrderDecoder().decode(
        orderMessage("patient.activated", #""patient":{"patientId":"p-7"}"#)),
      case .recorded(let usage) = try makeDecoder().decode(
        body(#","subjectId":"p-7""#), now: testNow, metrics: testMetrics)
    else {
      Issue.record("other events than were sent")
      return
    }
    #expect(step.patient == usage.subject)
    #expect(step.patient.older.count == 1)
  }

  @Test("a UUID's value is kept, in either case; other event ids become a digest of the company's own")
  func eventIDs() throws {
    let decoder = try makeOrderDecoder()
    func id(_ text: String, company: String = "comp-123") throws -> EventID {
      try decoder.decode(orderMessage("order.completed", eventID: text, company: company, Self.usual)).moment.eventID
    }
    let uuid = EventID(high: 0x0194_a7c2_5b0f_7a53, low: 0x9a6c_2f3f_8d1f_4f10)
    #expect(try id("0194a7c2-5b0f-7a53-9a6c-2f3f8d1f4f10") == uuid)
    #expect(try id("0194A7C2-5B0F-7A53-9A6C-2F3F8D1F4F10") == uuid)
    #expect(try id("0194a7c2-5b0f-7a53-9a6c-2f3f8d1f4f10") < id("0194a7c2-5b0f-7a54-0000-000000000000"))
    for other in [
      "0194a7c25b0f7a539a6c2f3f8d1f4f10", "0194a7c2-5b0f-7a53-9a6c-2f3f8d1f4f1g",
      "{0194a7c2-5b0f-7a53-9a6c-2f3f8d1f4f10}",
    ] {
      #expect(try id(other) != uuid)
      #expect(try id(other) == id(other))
      #expect(try id(other) != id(other, company: "comp-124"))
    }
  }

  @Test("nothing of a person or of a message's words is in what the decoder returns or throws")
  func privacy() throws {
    let decoder = try makeOrderDecoder()
    let secret = "Jane-Doe-1970"
    let order = #""order":{"orderId":"\#(secret)","modality":"CT \#(secret)","cptCode":"\#(secret)","n":"\#(secret)"}"#
    let patient = #""patient":{"patientId":"\#(secret)","name":{"\#(secret)":"\#(secret)"}}"#
    for (type, object) in [("order.cancelled", order), ("patient.activated", patient)] {
      let event = try decoder.decode(orderMessage(type, eventID: secret, object + #","\#(secret)":"\#(secret)""#))
      var text = "\(event)" + String(reflecting: event)
      dump(event, to: &text)
      #expect(!text.contains("Jane"))
    }
    for (type, object) in [
      (secret, order), ("order.completed", #""order":"\#(secret)""#), ("order.completed", #""order":["\#(secret)"]"#),
      ("order.completed", #""order":{"orderId":["\#(secret)"]}"#),
      ("order.completed", #""order":{"orderId":"\#(secret)\n"}"#),
      ("order.completed", #""order":{"orderId":"o","modality":"\#(secret)\u0000"}"#),
      ("order.completed", #""order":{"orderId":"o","cptCode":["\#(secret)"]}"#),
      ("order.completed", #""order":{"\#(secret)":1,"\#(secret)":2}"#),
      ("patient.activated", #""patient":{"patientId":{"\#(secret)":1}}"#),
      ("charge.created", #""charge":{"chargeId":" \#(secret)"}"#),
      ("charge.created", #""charge":{"chargeId":"c","kind":"\#(secret)"}"#),
      ("charge.created", #""charge":{"chargeId":"c","kind":"credit","currency":"\#(secret)"}"#),
      ("charge.created", #""charge":{"chargeId":"c","kind":"credit","currency":"usd","amount":"\#(secret)"}"#),
    ] {
      let error = #expect(throws: BadMessage.self) { try decoder.decode(orderMessage(type, object)) }
      var text = error.map { "\($0)" + $0.detail } ?? ""
      dump(error, to: &text)
      #expect(!text.contains("Jane"))
    }
  }
}
