import Billing
import HTTP
import Outbox
import TestBasics
import Testing

@testable import Stripe

@Suite("Answers")
struct StripeAnswerTests {
  @Test("Answers broken at any place are read without a trap, and never say that something was delivered")
  func mutations() throws {
    let whole = #"""
      {"id": "ii_1", "object": "invoiceitem", "has_more": true, "metadata": {"entry_id": "x"}, "status": "draft",
       "data": [{"id": "ii_2", "event_name": "order", "aggregated_value": 12.5, "status": "active"}],
       "items": {"data": [{"id": "si_1", "price": {"id": "price_1", "recurring": {"meter": "mtr_1"}}}]},
       "error": {"type": "t", "code": "c", "message": "m", "param": "customer"}}
      """#
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<3000 {
      var bytes = Array(whole.utf8)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: place)
        default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: place)
        }
      }
      let status = [200, 400, 409, 429, 500].randomElement(using: &generator) ?? 200
      let answer = StripeAnswer(HTTPResponse(status: status, body: bytes))
      for endpoint in StripeEndpoint.allCases {
        if case .delivered = classify(endpoint, .success(answer)) { #expect(status == 200) }
      }
      _ = StripeSubscription(answer)
      _ = StripePage(answer)
      var directory = MeterDirectory()
      _ = directory.learn(answer)
      for question in [
        LookUp.meter(try Entries.metric(), after: nil, inactive: nil),
        .customers(Entries.id(), createdSince: Entries.start, after: nil),
      ] {
        _ = question.finding(in: answer)
      }
    }
  }

  @Test("Of an error nothing of Stripe's words is kept")
  func words() {
    let answer = StripeAnswer.error(400, code: "custom_code_x", param: "name_of_x", message: "Mr. Smith is unknown")
    let facts = "\(String(describing: answer.error))"
    for word in ["Smith", "custom_code_x", "name_of_x"] { #expect(!facts.contains(word)) }
  }

  @Test("A session is told by its token and its end, and covers what ends before that")
  func session() throws {
    let body = #"{"authentication_token": "token_1", "expires_at": "2025-01-15T12:15:00Z"}"#
    let session = try #require(MeterEventSession(StripeAnswer(200, body)))
    #expect(session.covers(.seconds(899), from: Entries.start) && !session.covers(.seconds(900), from: Entries.start))
    #expect("\(session)".contains("secret") && !"\(session)".contains("token_1"))
    for broken in ["{}", #"{"authentication_token": "a\nb", "expires_at": "2025-01-15T12:15:00Z"}"#] {
      #expect(MeterEventSession(StripeAnswer(200, broken)) == nil)
    }
    #expect(MeterEventSession(StripeAnswer(401, body)) == nil)
  }

  @Test("What is kept of an answer is its status and the request's id, if it is one")
  func kept() {
    let fine = StripeAnswer(402, "", ["Request-Id": "req_1"])
    #expect(fine.kept == Answer(status: 402, requestID: RemoteID("req_1")))
    #expect(StripeAnswer(402, "", ["Request-Id": "Mr. Smith"]).kept.requestID == nil)
  }
}
