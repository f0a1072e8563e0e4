import Billing
import JSON
import Messages
import TestSupport
import Testing

@Suite("The schema of order events and the decoder that it describes")
struct OrderEventSchemaTests {
  private let schema: MessageSchema

  init() throws { schema = try MessageSchema.load("order-event") }

  /// `nil` for what cannot be handed to a schema: no JSON, or text that has no Unicode meaning.
  private func schemaAccepts(_ body: [UInt8]) throws -> Bool? {
    guard let value = try? JSONValue.parse(body) else { return nil }
    return try schema.accepts(value)
  }

  @Test("what the decoder takes, the schema takes", arguments: try Fixture.load("order-good.jsonl"))
  func good(fixture: Fixture) throws {
    _ = try makeOrderDecoder().decode(fixture.body)
    #expect(try schemaAccepts(fixture.body) == true)
  }

  @Test(
    "what is bad by its structure, the schema refuses; what is bad by value or by the catalog, it takes",
    arguments: try Fixture.load("order-bad.jsonl"))
  func bad(fixture: Fixture) throws {
    guard let verdict = try schemaAccepts(fixture.body) else { return }
    #expect(verdict == !fixture.flag("schemaRefuses"))
  }

  @Test("messages changed at random that the decoder takes, the schema takes", arguments: [1, 2])
  func random(seed: UInt64) throws {
    var state = seed
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let values = [
      "1", "null", "true", "[]", "{}", "\"\"", "\"a\\nb\"", "\"x\"", "\"-1.00\"", "\"-0.0\"", "\"1e2\"", "\"01\"",
      "\"credit\"", "\"setup_fee\"", "\"usd\"", "\"JPY\"", "\"order.cancelled\"", "\"patient.deactivated\"",
      "\"charge.created\"", "\"2025-01-15T12:00:00Z\"", "\"2025-02-30T12:00:00Z\"", "\"CT\"", "\"74177\"", "\"é😀\"",
    ]
    let objects: [String: [String: String]] = [
      "order": ["orderId": "\"o\"", "modality": "\"CT\"", "cptCode": "\"74177\""],
      "patient": ["patientId": "\"p\""],
      "charge": ["chargeId": "\"c\"", "kind": "\"setup_fee\"", "amount": "\"50.00\"", "currency": "\"usd\""],
    ]
    let types = ["order.completed", "patient.activated", "charge.created"]
    func text(_ fields: [String: String]) -> String {
      "{" + fields.sorted { $0.key < $1.key }.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }
    func changed(_ fields: [String: String]) -> [String: String] {
      var fields = fields
      let names = fields.keys.sorted()
      fields[names[next(names.count)]] = next(5) == 0 ? nil : values[next(values.count)]
      return fields
    }
    let decoder = try makeOrderDecoder()
    var taken = 0
    for _ in 0..<4000 {
      var fields = [
        "eventId": "\"e\"", "type": "\"\(types[next(3)])\"", "companyId": "\"comp-1\"",
        "occurredAt": "\"2025-01-15T12:00:00Z\"",
      ]
      for (name, object) in objects.sorted(by: { $0.key < $1.key }) where next(6) > 0 {
        fields[name] = text(next(2) == 0 ? changed(object) : object)
      }
      if next(3) == 0 { fields = changed(fields) }
      let body = Array(text(fields).utf8)
      guard (try? decoder.decode(body)) != nil else { continue }
      taken += 1
      try #require(try schemaAccepts(body) == true, "\(String(decoding: body, as: UTF8.self))")
    }
    #expect(taken > 1000)
  }

  @Test("the schema's own examples are right, one for each kind of event")
  func examples() throws {
    #expect(schema.examples.count == 3)
    for example in schema.examples {
      #expect(try schema.accepts(example))
      var json = JSONWriter()
      json.value(example)
      _ = try makeOrderDecoder().decode(json.bytes)
    }
  }
}
