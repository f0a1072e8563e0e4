import HTTP
import StripeSimulator
import Testing

/// What holds for every endpoint: who calls, keys, limits, faults, time.
@Suite struct FrontTests {
  private let stripe: SimulatorClient

  init() throws { stripe = try SimulatorClient() }

  private func customers() throws -> Int {
    Int(try stripe.control(.get, "objects/customers")["count"] ?? "") ?? -1
  }

  private func fault(_ json: String) throws {
    #expect(try stripe.control(.post, "faults", json).status == 200)
  }

  @Test("without a key, or with what is none, nobody gets in", arguments: ["", "pk_test_abcdefgh", "sk_", "nonsense"])
  func authentication(_ token: String) throws {
    let answer = try stripe.request(.get, "/v1/customers", token: token)
    #expect(answer.status == 401 && answer["error.type"] == "invalid_request_error")
    #expect(answer.headers["Request-Id"] != nil)
  }

  @Test("a body of the wrong kind, and v2 without a version, are refused")
  func headers() throws {
    let answer = try stripe.request(.post, "/v1/customers", type: "application/json", body: "{}")
    #expect(answer.status == 400 && answer["error.message"]?.contains("x-www-form-urlencoded") == true)
    #expect(try stripe.request(.post, "/v2/billing/meter_event_session", body: "a=b").status == 400)
    #expect(
      try stripe.request(.post, "/v1/customers", type: "application/x-www-form-urlencoded; charset=utf-8").status == 200
    )
    let client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
    let unversioned = try client.perform(
      HTTPClient.Request(
        .get, "http://127.0.0.1:\(stripe.simulator.port)/v2/core/events",
        headers: ["Authorization": "Bearer sk_test_simulator"]))
    #expect(unversioned.status == 400)
  }

  @Test("what there is not is 404, and names the request")
  func unknownPath() throws {
    let answer = try stripe.request(.delete, "/v1/nothing")
    #expect(answer.status == 404)
    #expect(answer["error.message"]?.hasPrefix("Unrecognized request URL (DELETE: /v1/nothing)") == true)
  }

  @Test(
    "parameters are checked as strictly as Stripe does",
    arguments: [
      ("nmae=a", "parameter_unknown", "nmae"), ("metadata=a", "", "metadata"), ("name[a]=b", "", "name"),
      ("balance=1.5", "parameter_invalid_integer", "balance"), ("balance=+1", "parameter_invalid_integer", "balance"),
      ("metadata[\(String(repeating: "k", count: 41))]=v", "", "metadata"),
      ("metadata[k]=\(String(repeating: "v", count: 501))", "", "metadata[k]"), ("name=%zz", "", ""),
      ("name=%ff", "", ""), ("name=\(String(repeating: "n", count: 257))", "", "name"),
      ((0..<51).map { "metadata[k\($0)]=v" }.joined(separator: "&"), "", "metadata"),
    ])
  func parameters(_ form: String, _ code: String, _ param: String) throws {
    let answer = try stripe.post("/v1/customers", form)
    #expect(answer.status == 400)
    #expect(answer["error.code"] ?? "" == code && answer["error.param"] ?? "" == param)
    #expect(try customers() == 0)
  }

  @Test("nested names, plus signs and escapes are read as forms have them")
  func forms() throws {
    let answer = try stripe.post("/v1/customers", "metadata%5Ba%5D=x+y%26z&expand[]=a&expand[0]=b&email=%C3%A9%40b.c")
    #expect(answer["metadata.a"] == "x y&z" && answer["email"] == "é@b.c")
  }

  @Test("a key has one effect and one answer, whatever the order of parameters; other parameters are refused")
  func idempotency() throws {
    let first = try stripe.post("/v1/customers", "name=a&email=b", key: "k")
    let second = try stripe.post("/v1/customers", "email=b&name=a", key: "k")
    #expect(first["id"] == second["id"] && second.headers["Idempotent-Replayed"] == "true")
    #expect(first.headers["Idempotent-Replayed"] == nil)
    #expect(second.headers["Original-Request"] == first.headers["Request-Id"])
    let other = try stripe.post("/v1/customers", "name=c", key: "k")
    #expect(other.status == 400 && other["error.type"] == "idempotency_error")
    #expect(try stripe.post("/v1/customers", "", key: String(repeating: "k", count: 256)).status == 400)
    stripe.simulator.clock.advance(by: .seconds(86_399))
    #expect(try stripe.post("/v1/customers", "name=a&email=b", key: "k")["id"] == first["id"])
    stripe.simulator.clock.advance(by: .seconds(2))
    #expect(try stripe.post("/v1/customers", "name=a&email=b", key: "k")["id"] != first["id"])
    #expect(try customers() == 2)
  }

  @Test("what was refused before it was executed is not kept under the key")
  func unkeptFailures() throws {
    #expect(try stripe.post("/v1/customers", "balance=x", key: "k").status == 400)
    for json in ["rate_limited", "conflict", "unauthorized"].map({ #"{"fault": "\#($0)"}"# }) { try fault(json) }
    #expect(try (0..<3).map { _ in try stripe.post("/v1/customers", key: "k").status } == [429, 409, 401])
    let answer = try stripe.post("/v1/customers", key: "k")
    #expect(answer.status == 200 && answer.headers["Idempotent-Replayed"] == nil)
  }

  @Test(
    "a lost answer and a 500 after the effect have their effect once; the key tells which answer was kept",
    arguments: [
      (#"{"fault": "answer_lost"}"#, 0, 200, 1), (#"{"fault": "reset"}"#, 0, 200, 1),
      (#"{"fault": "server_error"}"#, 500, 500, 1), (#"{"fault": "server_error", "when": "before"}"#, 500, 500, 0),
      (#"{"fault": "server_error", "when": "before", "saved": false, "status": 503}"#, 503, 200, 1),
      (#"{"fault": "lock_timeout"}"#, 429, 429, 0),
      (#"{"fault": "slow", "delay_ms": 30, "when": "before"}"#, 200, 200, 1),
      (#"{"fault": "slow", "delay_ms": 30}"#, 200, 200, 1), (#"{"fault": "hang", "delay_ms": 30}"#, 0, 200, 1),
      (#"{"fault": "hang", "delay_ms": 30, "when": "before"}"#, 0, 200, 1),
    ])
  func effects(_ json: String, _ first: Int, _ second: Int, _ effects: Int) throws {
    try fault(json)
    let status: Int
    do {
      status = try stripe.post("/v1/customers", key: "k").status
    } catch let error as HTTPError {
      #expect(error.mayHaveBeenSent)
      status = 0
    }
    #expect(status == first)
    #expect(try stripe.post("/v1/customers", key: "k").status == second)
    #expect(try customers() == effects)
  }

  @Test("a kept lock_timeout is replayed as such; half a body is no JSON")
  func keptLockTimeout() throws {
    try fault(#"{"fault": "lock_timeout", "endpoint": "POST /v1/customers"}"#)
    #expect(try stripe.get("/v1/customers").status == 200)
    #expect(try stripe.post("/v1/customers", key: "k")["error.code"] == "lock_timeout")
    let replay = try stripe.post("/v1/customers", key: "k")
    #expect(replay.status == 429 && replay.headers["Idempotent-Replayed"] == "true")
    try fault(#"{"fault": "malformed"}"#)
    #expect(throws: (any Error).self) { try stripe.post("/v1/customers") }
    #expect(try customers() == 1)
  }

  @Test("a share of calls is hit, the same ones for the same seed")
  func shares() throws {
    func pattern(_ seed: Int) throws -> [Int] {
      _ = try stripe.control(.delete, "faults")
      try fault(
        #"{"share": 0.25, "seed": \#(seed), "faults": [{"fault": "rate_limited", "reason": null}, {"fault": "conflict"}]}"#
      )
      return try (0..<200).map { _ in try stripe.get("/v1/customers").status }
    }
    let first = try pattern(7)
    #expect(try pattern(7) == first)
    #expect(try pattern(8) != first)
    #expect((30...70).contains(first.count { $0 != 200 }))
    #expect(Set(first) == [200, 409, 429])
  }

  @Test("a call in flight holds its key")
  func keyInFlight() throws {
    try fault(#"{"fault": "slow", "delay_ms": 300, "when": "before", "endpoint": "POST /v1/customers"}"#)
    let client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
    _ = try client.submit(
      HTTPClient.Request(
        .post, "http://127.0.0.1:\(stripe.simulator.port)/v1/customers",
        headers: ["Authorization": "Bearer sk_test_simulator", "Idempotency-Key": "k"]))
    // It has been sent when the fault has been used.
    while stripe.simulator.faults.counts[.slow] == nil { _ = try client.poll(timeout: .milliseconds(1)) }
    let second = try stripe.post("/v1/customers", key: "k")
    #expect(second.status == 409 && second["error.code"] == "idempotency_key_in_use")
    #expect(try client.poll(timeout: .seconds(5)).first?.result.get().status == 200)
    #expect(try stripe.post("/v1/customers", key: "k").headers["Idempotent-Replayed"] == "true")
  }

  @Test("a call that is refused does not let go of a key that another holds")
  func keyHeldByAnother() throws {
    try fault(#"{"fault": "slow", "delay_ms": 300, "when": "before", "endpoint": "POST /v1/customers"}"#)
    let client = try HTTPClient(HTTPClient.Configuration(userAgent: "tests"))
    _ = try client.submit(
      HTTPClient.Request(
        .post, "http://127.0.0.1:\(stripe.simulator.port)/v1/customers",
        headers: ["Authorization": "Bearer sk_test_simulator", "Idempotency-Key": "k"]))
    while stripe.simulator.faults.counts[.slow] == nil { _ = try client.poll(timeout: .milliseconds(1)) }
    try fault(#"{"fault": "rate_limited"}"#)
    #expect(try stripe.post("/v1/customers", key: "k").status == 429)
    #expect(try stripe.post("/v1/customers", key: "k").status == 409)
    #expect(try stripe.post("/v1/customers", "name=other", key: "k").status == 400)
    #expect(try client.poll(timeout: .seconds(5)).first?.result.get().status == 200)
    #expect(try stripe.post("/v1/customers", key: "k").headers["Idempotent-Replayed"] == "true")
    #expect(try customers() == 1)
  }

  @Test("limits refuse what is beyond them, and say which")
  func limits() throws {
    _ = try stripe.control(.post, "settings", #"{"limits": {"endpoint": 5, "global": 8}}"#)
    let posts = try (0..<6).map { _ in try stripe.post("/v1/customers") }
    #expect(posts.map(\.status) == [200, 200, 200, 200, 200, 429])
    #expect(posts[5].headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate")
    let gets = try (0..<4).map { _ in try stripe.get("/v1/customers") }
    #expect(gets.map(\.status) == [200, 200, 200, 429])
    #expect(gets[3].headers["Stripe-Rate-Limited-Reason"] == "global-rate")
    _ = try stripe.control(.post, "settings", #"{"limits": {"endpoint": null, "global": null}}"#)
    #expect(try stripe.get("/v1/customers").status == 200)
  }

  @Test("the clock can be moved, stopped and set; objects are made at its time")
  func clock() throws {
    #expect(try stripe.control(.post, "clock", #"{"at": "2025-01-15T12:00:00Z", "frozen": true}"#)["frozen"] == "true")
    #expect(try stripe.post("/v1/customers")["created"] == "1736942400")
    #expect(try stripe.control(.post, "clock", #"{"advance_seconds": 90.5}"#)["now"] == "1736942490.500000")
    let late = try stripe.post("/v1/customers")
    #expect(late["created"] == "1736942490")
    #expect(try stripe.get("/v1/customers?created[gte]=1736942490").list() == [try #require(late["id"])])
    #expect(try stripe.get("/v1/customers?created[lt]=1736942490").list().count == 1)
    #expect(try stripe.get("/v1/customers?created=1736942490").list().count == 1)
  }

  @Test("what came is listed, with its parameters, key, answer and fault, and counted")
  func requests() throws {
    try fault(#"{"fault": "answer_lost", "endpoint": "POST /v1/customers"}"#)
    #expect(throws: HTTPError.self) { try stripe.post("/v1/customers", "name=a", key: "k") }
    _ = try stripe.post("/v1/customers", "name=a", key: "k")
    let requests = try stripe.control(.get, "requests?idempotency_key=k")
    #expect(requests.list("status") == ["0", "200"] && requests.list("parameters") == ["name=a", "name=a"])
    #expect(requests["data.0.fault"] == "answer_lost" && requests["data.0.endpoint"] == "POST /v1/customers")
    #expect(requests["data.1.answer"]?.contains("cus_") == true && requests["data.0.answer"] == "")
    #expect(requests["data.0.headers.0.0"] != nil)
    let kept = stripe.simulator.effects.requests
    #expect(kept.map(\.status) == [0, 200] && kept[0].headers["User-Agent"] == "tests")
    #expect(stripe.simulator.effects.objects("customers").count == 1)
    let traffic = try stripe.control(.get, "traffic")
    #expect(traffic["answers.POST /v1/customers.200"] == "1" && traffic["answers.POST /v1/customers.0"] == "1")
    #expect(traffic["all.total"] == "2")
    #expect(try stripe.control(.post, "reset").status == 200)
    #expect(try customers() == 0)
    #expect(try stripe.control(.get, "requests").list("status").isEmpty)
  }

  @Test(
    "control requests that make no sense are refused, not guessed at",
    arguments: [
      ("faults", #"{"fault": "none"}"#), ("faults", #"{"fault": "slow", "delay": 5}"#), ("faults", "{}"),
      ("faults", #"{"fault": "slow", "next": 0}"#), ("faults", #"{"fault": "slow", "endpoint": "POST /v1/x"}"#),
      ("faults", #"{"fault": "slow", "share": 1.5}"#), ("faults", #"{"fault": "slow", "when": "never"}"#),
      ("clock", #"{"at": "noon"}"#), ("clock", #"{"to": 1}"#), ("settings", #"{"limits": {"all": 1}}"#),
      ("faults", "["),
    ])
  func controlMistakes(_ path: String, _ json: String) throws {
    let answer = try stripe.control(.post, path, json)
    #expect(answer.status == 400 && answer["error"] != nil)
  }
}
