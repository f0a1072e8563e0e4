import Billing
import HTTP
import JSON
import Outbox
import Testing

@testable import Stripe

/// What Stripe's official Python client sends for the same values was recorded by scripts/stripe-bytes-check.
@Suite("Requests, held against the official client")
struct OfficialClientTests {
  @Test("Every kind of request goes out byte for byte as the official client sends it")
  func bytes() throws {
    let recorded = try RecordedRequest.all()
    let ours = try OurRequests.all()
    #expect(Set(recorded.map(\.name)) == Set(ours.keys))
    let session = StripeKey("session_1")
    let configuration = StripeConfiguration(
      secretKey: try #require(StripeKey("sk_test_1")), apiBase: "https://stripe.test/",
      meterEventsBase: "https://events.test")
    for official in recorded {
      let request = try #require(ours[official.name])
      let http = configuration.httpRequest(request, session: session)
      #expect(http.method.rawValue == official.method, "\(official.name)")
      let base = request.host == .api ? "https://stripe.test" : "https://events.test"
      #expect(http.url == base + official.target, "\(official.name)")
      for (name, value) in official.headers { #expect(http.headers[name] == value, "\(official.name): \(name)") }
      let hasNoKind = http.headers["Content-Type"] == nil
      #expect(hasNoKind == (official.headers["Content-Type"] == nil), "\(official.name)")
      #expect((http.headers["Idempotency-Key"] != nil) == official.hasIdempotencyKey, "\(official.name)")
      if official.isJSON {
        #expect(try JSONValue.parse(http.body) == JSONValue.parse(Array(official.body.utf8)), "\(official.name)")
      } else {
        #expect(String(decoding: http.body, as: UTF8.self) == official.body, "\(official.name)")
      }
    }
  }

  @Test("The account's key is never sent to the meter events host, even without a session")
  func noKeyForTheStream() throws {
    let configuration = StripeConfiguration(secretKey: try #require(StripeKey("sk_test_1")))
    let stream = try #require(try OurRequests.all()["stream"])
    let http = configuration.httpRequest(stream, session: nil)
    #expect(http.headers["Authorization"] == nil)
  }

  @Test("A stream's request takes 1 to 100 events, and no metadata has more than 50 names")
  func limits() throws {
    let event = try OurRequests.event()
    #expect(StripeRequest.meterEventStream([], key: OurRequests.entry) == nil)
    #expect(StripeRequest.meterEventStream(Array(repeating: event, count: 100), key: OurRequests.entry) != nil)
    #expect(StripeRequest.meterEventStream(Array(repeating: event, count: 101), key: OurRequests.entry) == nil)
    for case (let name, let request) in try OurRequests.all() {
      guard case .parameters(let parameters) = request.content else { continue }
      let metadata = parameters.pairs.filter { $0.name.text.hasPrefix("metadata[") }
      #expect(metadata.count <= 50, "\(name)")
      #expect(metadata.allSatisfy { $0.name.text.utf8.count <= 50 && $0.value.text.unicodeScalars.count <= 500 })
    }
  }

  @Test("Amounts are in Stripe's minor unit, which is not ISO 4217's everywhere")
  func amounts() throws {
    func stripe(_ units: Int128, _ code: String) throws -> Int64? {
      StripeAmount.minorUnits(units, try #require(Currency(code)))
    }
    #expect(try stripe(1234, "usd") == 1234)
    #expect(try stripe(500, "jpy") == 500)
    #expect(try stripe(500, "isk") == 50_000)
    #expect(try stripe(-500, "mga") == -5)
    #expect(try stripe(501, "mga") == nil)
    #expect(try stripe(Int128.max, "isk") == nil)
    #expect(try stripe(Int128(Int64.max) + 1, "usd") == nil)
  }
}
