import StripeSimulator
import Testing

@Suite struct MeterEventStreamTests {
  private let stripe: SimulatorClient
  private let customer: String

  init() throws {
    stripe = try SimulatorClient()
    _ = try stripe.makeMeter("api_call")
    customer = try #require(try stripe.post("/v1/customers")["id"])
  }

  private func open() throws -> String {
    let session = try stripe.request(.post, "/v2/billing/meter_event_session", type: "application/json", body: "{}")
    #expect(session["object"] == "v2.billing.meter_event_session" && session["created"] != nil)
    return try #require(session["authentication_token"])
  }

  private func event(_ identifier: String, _ more: String = "") -> String {
    #"{"event_name": "api_call", "identifier": "\#(identifier)", "payload": {"stripe_customer_id": "\#(customer)", "#
      + #""value": "2"}\#(more)}"#
  }

  private func send(_ token: String, _ events: [String]) throws -> SimulatorClient.Answer {
    try stripe.request(
      .post, "/v2/billing/meter_event_stream", token: token, type: "application/json",
      body: "{\"events\": [\(events.joined(separator: ","))]}")
  }

  @Test("a hundred events go in at once, and duplicates are dropped in silence")
  func batches() throws {
    let token = try open()
    let events = (0..<100).map { event("e\($0)") }
    #expect(try send(token, events).status == 200)
    #expect(try send(token, [events[0], event("new"), event("new")]).status == 200)
    #expect(stripe.simulator.effects.meterEvents.count == 101)
    let summary = try stripe.control(.get, "effects/meter_events?summary=customer,event_name")
    #expect(summary["dropped_duplicates"] == "2" && summary["counted"] == "101" && summary["data.0.sum"] == "202")
    #expect(stripe.simulator.effects.mostMeterEventsInASecond >= 100)
    #expect(try send(token, events + [event("x")])["error.code"] == "invalid_fields")
    #expect(try send(token, []).status == 400)
  }

  @Test("a token is good for fifteen minutes, and only for the stream")
  func sessions() throws {
    let token = try open()
    stripe.simulator.clock.advance(by: .seconds(15 * 60 - 5))
    #expect(try send(token, [event("a")]).status == 200)
    stripe.simulator.clock.advance(by: .seconds(6))
    let expired = try send(token, [event("b")])
    #expect(expired.status == 401 && expired["error.code"] == "billing_meter_event_session_expired")
    #expect(expired["error.type"] == "temporary_session_expired")
    #expect(try send("sk_test_simulator", [event("b")]).status == 401)
    #expect(try stripe.request(.get, "/v1/customers", token: token).status == 401)
  }

  @Test(
    "a request with a mistake in it is refused whole",
    arguments: [
      (#", "colour": 1"#, "parameter_unknown"), (#", "timestamp": 5"#, "invalid_fields"),
      (#", "timestamp": "2025-02-30T00:00:00Z""#, "invalid_fields"), (#", "payload2": {}"#, "parameter_unknown"),
      (#", "event_name": "x""#, "invalid_fields"), (#"}, {"event_name": "a""#, "parameter_missing"),
      (#"}, {"event_name": "a", "payload": {"value": 1}"#, "invalid_fields"), ("}, 5, {", "invalid_fields"),
    ])
  func mistakes(_ more: String, _ code: String) throws {
    let answer = try send(try open(), [event("good"), event("bad", more)])
    #expect(answer.status == 400 && answer["error.code"] == code)
    #expect(stripe.simulator.effects.meterEvents.isEmpty)
  }

  @Test("times have any offset; those out of range are reported later")
  func times() throws {
    stripe.simulator.clock.set(1_736_942_400_000_000, isStanding: true)
    let token = try open()
    let answer = try send(
      token,
      [
        event("a", #", "timestamp": "2025-01-15T13:00:00.250+01:00""#),
        event("b", #", "timestamp": "2025-01-15T12:05:01Z""#), event("c", #", "timestamp": "2024-12-01T00:00:00Z""#),
      ])
    #expect(answer.status == 200)
    #expect(
      stripe.simulator.effects.meterEvents.map(\.error) == [nil, "timestamp_in_future", "timestamp_too_far_in_past"])
    #expect(stripe.simulator.effects.meterEvents.first?.timestamp == 1_736_942_400)
  }
}
