import HTTP
import StripeSimulator
import Testing

@Suite struct MeterEventTests {
  private let stripe: SimulatorClient
  private let meter: String
  private let customer: String
  /// A minute's begin; the simulator's clock stands 30 seconds after it.
  private static let minute = 1_736_942_400
  private static let now = minute + 30

  init() throws {
    stripe = try SimulatorClient()
    stripe.simulator.clock.set(Int64(Self.now) * 1_000_000, isStanding: true)
    meter = try #require(try stripe.makeMeter("api_call")["id"])
    customer = try #require(try stripe.post("/v1/customers")["id"])
  }

  private func send(
    _ identifier: String, _ value: String = "1", customer: String? = nil, event: String = "api_call",
    at time: Int? = nil,
    key: String? = nil
  ) throws -> SimulatorClient.Answer {
    try stripe.post(
      "/v1/billing/meter_events",
      "event_name=\(event)&identifier=\(identifier)&payload[stripe_customer_id]=\(customer ?? self.customer)"
        + "&payload[value]=\(value)&timestamp=\(time ?? Self.now)", key: key)
  }

  private func total(_ meter: String? = nil, from start: Int = minute, to end: Int = minute + 60) throws -> String? {
    let answer = try stripe.get(
      "/v1/billing/meters/\(meter ?? self.meter)/event_summaries?customer=\(customer)&start_time=\(start)&end_time=\(end)"
    )
    #expect(answer.list().count == 1)
    return answer["data.0.aggregated_value"]
  }

  @Test("an identifier counts once, until it is forgotten a day later")
  func identifiers() throws {
    let first = try send("a", "2.5")
    #expect(first.status == 200 && first["object"] == "billing.meter_event" && first["payload.value"] == "2.5")
    let second = try send("a", "2.5")
    #expect(second.status == 400 && second["error.type"] == "invalid_request_error")
    #expect(second["error.message"] == "An event already exists with identifier a.")
    #expect(second.headers["Stripe-Should-Retry"] == "false")
    stripe.simulator.clock.advance(by: .seconds(86_399))
    #expect(try send("a", "2.5").status == 400)
    stripe.simulator.clock.advance(by: .seconds(1))
    #expect(try send("a", "2.5").status == 200)
    #expect(stripe.simulator.effects.meterEvents.map(\.identifier) == ["a", "a"])
    #expect(try total() == "5")
    #expect(try stripe.control(.get, "effects/meter_events?summary=customer,event_name")["taken_again"] == "1")
  }

  @Test("sums are exact, and may be negative; counts count events; the last is the latest")
  func formulas() throws {
    let counting = try #require(try stripe.makeMeter("counted", "count")["id"])
    let last = try #require(try stripe.makeMeter("gauge", "last")["id"])
    for (index, value) in ["0.1", "0.2", "-0.4", "999999999999999"].enumerated() {
      for event in ["api_call", "counted", "gauge"] {
        #expect(try send("\(event)-\(index)", value, event: event, at: Self.now - index).status == 200)
      }
    }
    #expect(try total() == "999999999999998.9")
    #expect(try total(counting) == "4")
    #expect(try total(last) == "0.1")
  }

  @Test(
    "what is wrong at sight is refused, and names the parameter",
    arguments: [
      ("payload[a]=1", "parameter_missing", "event_name"), ("event_name=a", "parameter_missing", "payload"),
      ("event_name=a&payload=1", "", "payload"), ("event_name=a&payload[a][b]=1", "", "payload[a]"),
      ("event_name=a&payload[a]=1&colour=red", "parameter_unknown", "colour"),
      ("event_name=a&payload[a]=1&timestamp=soon", "parameter_invalid_integer", "timestamp"),
      ("event_name=a&payload[a]=1&timestamp=\(now - 35 * 86_400 - 1)", "timestamp_too_far_in_past", "timestamp"),
      ("event_name=a&payload[a]=1&timestamp=\(now + 301)", "timestamp_in_future", "timestamp"),
      ("event_name=&payload[a]=1", "parameter_invalid_empty", "event_name"),
      ("event_name=a&payload[a]=1&identifier=\(String(repeating: "x", count: 101))", "", "identifier"),
    ])
  func refusals(_ form: String, _ code: String, _ param: String) throws {
    let answer = try stripe.post("/v1/billing/meter_events", form)
    #expect(answer.status == 400)
    #expect(answer["error.code"] ?? "" == code)
    #expect(answer["error.param"] == param)
    #expect(stripe.simulator.effects.meterEvents.isEmpty)
  }

  @Test("the edges of the time that is taken are taken")
  func timeEdges() throws {
    #expect(try send("old", at: Self.now - 35 * 86_400).status == 200)
    #expect(try send("new", at: Self.now + 300).status == 200)
  }

  @Test("what is wrong behind the scenes is taken, does not count, and is reported")
  func laterErrors() throws {
    let archived = try #require(try stripe.makeMeter("old_event")["id"])
    #expect(try stripe.post("/v1/billing/meters/\(archived)/deactivate")["status"] == "inactive")
    #expect(try send("1", customer: "cus_nobody").status == 200)
    #expect(try send("2", event: "old_event").status == 200)
    #expect(try send("3", event: "no_event").status == 200)
    #expect(try send("4", "many").status == 200)
    #expect(try send("5", "1234567890.123456").status == 200)
    #expect(try stripe.post("/v1/billing/meter_events", "event_name=api_call&payload[value]=1").status == 200)
    #expect(
      stripe.simulator.effects.meterEvents.map(\.error) == [
        "meter_event_customer_not_found", "archived_meter", "no_meter", "meter_event_invalid_value",
        "meter_event_value_too_many_digits", "meter_event_no_customer_defined",
      ])
    #expect(try total() == "0")
    let events = try stripe.get("/v2/core/events?types[0]=v1.billing.meter.error_report_triggered&object_id=\(meter)")
    #expect(events.list("data.reason.error_types.0.code").count == 4)
    #expect(events.list("related_object.id").allSatisfy { $0 == meter })
    #expect(events.list("data.reason.error_types.0.sample_errors.0.request.identifier").last == "1")
    let none = try stripe.get("/v2/core/events?types[0]=v1.billing.meter.no_meter_found")
    #expect(none.list("data.reason.error_types.0.sample_errors.0.request.identifier") == ["3"])
    let id = try #require(none["data.0.id"])
    #expect(try stripe.get("/v2/core/events/\(id)")["type"] == "v1.billing.meter.no_meter_found")
  }

  @Test("errors of a time are reported together, with some of them named")
  func gatheredErrors() throws {
    _ = try stripe.control(.post, "settings", #"{"error_report_delay_seconds": 60, "error_report_samples": 2}"#)
    for index in 0..<5 { _ = try send("\(index)", customer: "cus_nobody") }
    #expect(try stripe.get("/v2/core/events").list().isEmpty)
    stripe.simulator.clock.advance(by: .seconds(60))
    let events = try stripe.get("/v2/core/events")
    #expect(events.list().count == 1)
    #expect(events["data.0.data.reason.error_count"] == "5")
    #expect(events["data.0.data.reason.error_types.0.sample_errors.1.request.identifier"] == "1")
    #expect(events["data.0.data.reason.error_types.0.sample_errors.2.request.identifier"] == nil)
  }

  @Test("good events are rejected later on demand, by code; the list's pages keep to what was asked for")
  func rejectedOnDemand() throws {
    let rule =
      #"{"endpoint": "POST /v1/billing/meter_events", "next": 3, "fault": "rejected_later""#
      + #", "code": "no_meter"}"#
    #expect(try stripe.control(.post, "faults", rule).status == 200)
    #expect(try stripe.control(.post, "faults", #"{"fault": "rejected_later", "code": "colour"}"#).status == 400)
    for identifier in ["a", "b", "c", "d"] {
      #expect(try send(identifier).status == 200)
      stripe.simulator.clock.advance(by: .seconds(1))
    }
    #expect(try total() == "1")
    #expect(stripe.simulator.effects.meterEvents.map(\.error) == ["no_meter", "no_meter", "no_meter", nil])
    // The identifier is used up all the same.
    #expect(try send("a").status == 400)
    // A report is made when the clock moves on: the first one's at 12:00:31.
    let since = "created[gte]=2025-01-15T12:00:32Z"
    let first = try stripe.get("/v2/core/events?limit=1&\(since)")
    #expect(first.list("data.reason.error_types.0.sample_errors.0.request.identifier") == ["c"])
    let second = try stripe.get(try #require(first["next_page_url"]))
    #expect(second.list("data.reason.error_types.0.sample_errors.0.request.identifier") == ["b"])
    #expect(second["next_page_url"] == nil)
  }

  @Test("summaries lag where they are told to, group by hour and day, and want whole minutes")
  func summaries() throws {
    _ = try stripe.control(.post, "settings", #"{"summary_lag_seconds": 10.5}"#)
    _ = try send("a", "1")
    #expect(try total() == "0")
    stripe.simulator.clock.advance(by: .seconds(11))
    #expect(try total() == "1")
    _ = try send("b", "2", at: Self.now - 7200)
    stripe.simulator.clock.advance(by: .seconds(11))
    let day = Self.minute / 86_400 * 86_400
    let url = "/v1/billing/meters/\(meter)/event_summaries?customer=\(customer)"
    let hours = try stripe.get("\(url)&start_time=\(day)&end_time=\(day + 86_400)&value_grouping_window=hour")
    #expect(hours.list("aggregated_value") == ["1", "2"])
    let first = try stripe.get("\(url)&start_time=\(day)&end_time=\(day + 86_400)&value_grouping_window=hour&limit=1")
    let next = try #require(first["data.0.id"])
    #expect(first["has_more"] == "true")
    let second = try stripe.get(
      "\(url)&start_time=\(day)&end_time=\(day + 86_400)&value_grouping_window=hour&starting_after=\(next)")
    #expect(second.list("aggregated_value") == ["2"])
    let days = try stripe.get("\(url)&start_time=\(day)&end_time=\(day + 86_400)&value_grouping_window=day")
    #expect(days.list("aggregated_value") == ["3"])
    #expect(try stripe.get("\(url)&start_time=\(day + 1)&end_time=\(day + 60)")["error.param"] == "start_time")
    #expect(
      try stripe.get("\(url)&start_time=\(day + 60)&end_time=\(day + 3600)&value_grouping_window=hour").status == 400)
    #expect(try stripe.get("\(url)&end_time=\(day + 60)")["error.code"] == "parameter_missing")
  }

  @Test("an event can be cancelled once, for a day; the last before it counts again")
  func adjustments() throws {
    let last = try #require(try stripe.makeMeter("gauge", "last")["id"])
    _ = try send("a", "5", event: "gauge", at: Self.now - 2)
    _ = try send("b", "7", event: "gauge", at: Self.now - 1)
    func cancel(_ identifier: String) throws -> SimulatorClient.Answer {
      try stripe.post(
        "/v1/billing/meter_event_adjustments", "event_name=gauge&type=cancel&cancel[identifier]=\(identifier)")
    }
    #expect(try cancel("b")["status"] == "pending")
    #expect(try total(last) == "5")
    #expect(try cancel("b").status == 400)
    #expect(try cancel("none")["error.code"] == "resource_missing")
    stripe.simulator.clock.advance(by: .seconds(86_400))
    #expect(try cancel("a").status == 400)
  }

  @Test("two calls for a customer and meter in flight are seen and refused; others are not")
  func oneAtATime() throws {
    stripe.simulator.settings.latency = .milliseconds(200)
    // A client of its own for each: one alone would wait to see whether a connection can carry several.
    let calls = try [(customer, "a"), (customer, "b"), ("cus_other", "c")].map { customer, identifier in
      let client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
      _ = try client.submit(
        HTTPClient.Request(
          .post, "http://127.0.0.1:\(stripe.simulator.port)/v1/billing/meter_events",
          headers: [
            "Authorization": "Bearer sk_test_simulator", "Content-Type": "application/x-www-form-urlencoded",
          ],
          body: Array(
            "event_name=api_call&identifier=\(identifier)&payload[stripe_customer_id]=\(customer)&payload[value]=1".utf8
          )))
      return client
    }
    var statuses = [0, 0, 0]
    while statuses.contains(0) {
      for (index, client) in calls.enumerated() {
        for completion in try client.poll(timeout: .milliseconds(1)) {
          statuses[index] = try completion.result.get().status
        }
      }
    }
    #expect(statuses[..<2].sorted() == [200, 429] && statuses[2] == 200)
    #expect(stripe.simulator.effects.violations == 1)
    stripe.simulator.settings.latency = .zero
    #expect(try send(statuses[0] == 429 ? "a" : "b").status == 200)
    #expect(try stripe.control(.get, "violations")["data.0.of"] == "\(customer) api_call")
  }
}

extension SimulatorClient {
  func makeMeter(_ event: String, _ formula: String = "sum") throws -> Answer {
    try post(
      "/v1/billing/meters", "display_name=\(event)&event_name=\(event)&default_aggregation[formula]=\(formula)")
  }
}
