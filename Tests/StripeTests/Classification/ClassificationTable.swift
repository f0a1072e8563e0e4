import HTTP
import Outbox

@testable import Stripe

/// Answers and what each has to mean.
enum ClassificationTable {
  static let all = delivered + passing + saved + asked + refused + broken

  static let already = "An event already exists with identifier 01943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d2."
  static let no: HTTPHeaders = ["stripe-should-retry": "false"]
  static let yes: HTTPHeaders = ["Stripe-Should-Retry": "true"]
  static let replayed: HTTPHeaders = ["Idempotent-Replayed": "true"]

  static func limited(_ reason: String) -> HTTPHeaders { ["Stripe-Rate-Limited-Reason": reason] }

  static let delivered: [ClassificationRow] = [
    .init(
      "counted", .meterEvents, StripeAnswer(200, #"{"object": "billing.meter_event"}"#), .delivered(reference: nil)),
    .init("item made", .invoiceItems, .object("invoiceitem", "ii_1"), .delivered(reference: RemoteID("ii_1"))),
    .init("customer made", .customers, .object("customer", "cus_1"), .delivered(reference: RemoteID("cus_1"))),
    .init("draft made", .invoices, .object("invoice", "in_1"), .delivered(reference: RemoteID("in_1"))),
    .init("finalized", .finalizeInvoice, .object("invoice", "in_1"), .delivered(reference: RemoteID("in_1"))),
    .init("stream taken", .meterEventStream, StripeAnswer(200, "{}"), .delivered(reference: nil)),
    .init("stream taken without a body", .meterEventStream, StripeAnswer(204), .delivered(reference: nil)),
    .init(
      "a replay of success", .invoiceItems,
      StripeAnswer(200, #"{"id": "ii_1", "object": "invoiceitem"}"#, replayed), .delivered(reference: RemoteID("ii_1"))),
    .init("counted before", .meterEvents, .error(400, message: already, no), .deliveredBefore),
    .init("counted before, told without a header", .meterEvents, .error(400, message: already), .deliveredBefore),
    .init(
      "counted before, though a retry is asked for", .meterEvents, .error(400, message: already, yes),
      .deliveredBefore),
    .init("200 of another object", .invoiceItems, .object("customer", "cus_1"), .retry(.answerUnreadable)),
    .init(
      "200 without an id", .invoiceItems, StripeAnswer(200, #"{"object": "invoiceitem"}"#),
      .retry(.answerUnreadable)),
    .init("200 with an id of prose", .invoiceItems, .object("invoiceitem", "not an id"), .retry(.answerUnreadable)),
    .init("200 of garbage", .invoiceItems, StripeAnswer(200, "<html>"), .retry(.answerUnreadable)),
    .init("200 without a body", .meterEvents, StripeAnswer(200), .retry(.answerUnreadable)),
    .init("200 of a proxy", .meterEvents, StripeAnswer(200, #"{"ok": true}"#), .retry(.answerUnreadable)),
  ]

  static let passing: [ClassificationRow] = [
    .init("refused connection", .meterEvents, .connectFailed, sent: false, .retry(.noConnection)),
    .init("reset after sending", .invoiceItems, .noAnswer, sent: true, .retry(.noAnswer)),
    .init("timed out", .invoiceItems, .timedOut, sent: true, .retry(.timedOut, after: .seconds(10))),
    .init("timed out before sending", .invoiceItems, .timedOut, sent: false, .retry(.timedOut)),
    .init("too large an answer", .invoices, .answerTooLarge, sent: true, .retry(.answerTooLarge)),
    .init("no memory", .invoices, .unavailable, sent: false, .retry(.clientFailed)),
    .init("untrusted certificate", .customers, .tls, sent: false, .later(.tlsFailed)),
    .init("unusable address", .customers, .invalidRequest, sent: false, .later(.requestInvalid)),
    .init(
      "key in use", .invoiceItems, .error(409, type: "idempotency_error", code: "idempotency_key_in_use"),
      .retry(.keyInUse)),
    .init("409 lock", .invoiceItems, .error(409, code: "lock_timeout"), .retry(.locked)),
    .init("409 of another kind", .customers, .error(409, code: "whatever"), .retry(.conflict)),
    .init(
      "429 global rate", .meterEvents, .error(429, code: "rate_limit", limited("global-rate")),
      .retry(.rateLimited, slowDown: true)),
    .init(
      "429 endpoint rate", .invoiceItems, .error(429, code: "rate_limit", limited("endpoint-rate")),
      .retry(.rateLimited, slowDown: true)),
    .init(
      "429 global concurrency", .invoiceItems, .error(429, limited("global-concurrency")),
      .retry(.rateLimited, slowDown: true)),
    .init(
      "429 endpoint concurrency", .invoiceItems, .error(429, limited("endpoint-concurrency")),
      .retry(.rateLimited, slowDown: true)),
    .init("429 of one object", .invoiceItems, .error(429, limited("resource-specific")), .retry(.rateLimited)),
    .init(
      "429 of a reason unknown here", .invoiceItems, .error(429, limited("new-reason")),
      .retry(.rateLimited, slowDown: true)),
    .init("429 without a reason", .invoiceItems, .error(429), .retry(.rateLimited, slowDown: true)),
    .init("429 lock", .meterEvents, .error(429, code: "lock_timeout"), .retry(.locked)),
    .init(
      "429 with a time", .meterEvents, .error(429, ["Retry-After": "7"]),
      .retry(.rateLimited, after: .seconds(7), slowDown: true)),
    .init(
      "429 with a time of years", .meterEvents, .error(429, ["Retry-After": "99999999"]),
      .retry(.rateLimited, after: .seconds(3600), slowDown: true)),
    .init(
      "429 with a date", .meterEvents, .error(429, ["Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"]),
      .retry(.rateLimited, slowDown: true)),
    .init("400 of the old limiter", .customers, .error(400, code: "rate_limit"), .retry(.rateLimited, slowDown: true)),
    .init("500", .invoiceItems, .error(500, type: "api_error"), .retry(.serverError)),
    .init("502 of a front", .invoiceItems, StripeAnswer(502, "<html>"), .retry(.serverError)),
    .init(
      "503 with a time", .invoices, StripeAnswer(503, "", ["Retry-After": "30"]),
      .retry(.serverError, after: .seconds(30))),
    .init("504", .meterEvents, .error(504, type: "api_error"), .retry(.serverError)),
    .init("408", .customers, .error(408, type: "api_error"), .retry(.serverError)),
    .init("424", .customers, .error(424, type: "api_error"), .retry(.serverError)),
  ]

  static let saved: [ClassificationRow] = [
    .init("a saved 500", .invoiceItems, .error(500, type: "api_error", replayed), .lookUp(.replayedError)),
    .init("a saved lock", .invoiceItems, .error(429, code: "lock_timeout", replayed), .lookUp(.replayedError)),
    .init("a saved 409", .customers, .error(409, replayed), .lookUp(.replayedError)),
    .init(
      "a saved 500, to be tried again", .invoiceItems,
      .error(500, type: "api_error", ["Idempotent-Replayed": "true", "Stripe-Should-Retry": "true"]),
      .lookUp(.replayedError)),
    .init(
      "a saved 500, not to be tried again", .invoiceItems,
      .error(500, type: "api_error", ["Idempotent-Replayed": "true", "Stripe-Should-Retry": "false"]),
      .lookUp(.replayedError)),
    .init(
      "the key with other parameters", .invoiceItems, .error(400, type: "idempotency_error"),
      .lookUp(.keyUsedOtherwise)),
    .init(
      "the key with other parameters, as v2 says it", .meterEventSession,
      .error(400, type: "x", code: "idempotency_error"), .lookUp(.keyUsedOtherwise)),
    .init(
      "a saved refusal", .invoiceItems, .error(400, code: "parameter_invalid_integer", replayed),
      .dead(.requestRefused)),
  ]

  static let asked: [ClassificationRow] = [
    .init("400, to be tried again", .invoiceItems, .error(400, yes), .retry(.retryAsked)),
    .init("402, to be tried again", .finalizeInvoice, .error(402, yes), .retry(.retryAsked)),
    .init("500, to be tried again", .invoiceItems, .error(500, type: "api_error", yes), .retry(.serverError)),
    .init("500, not to be tried again", .invoiceItems, .error(500, type: "api_error", no), .later(.serverError)),
    .init("409, not to be tried again", .invoiceItems, .error(409, no), .later(.conflict)),
    .init("429, not to be tried again", .invoiceItems, .error(429, no), .later(.rateLimited, slowDown: true)),
    .init("400, not to be tried again", .invoiceItems, .error(400, no), .dead(.requestRefused)),
    .init(
      "a header without sense", .invoiceItems, .error(500, ["Stripe-Should-Retry": "maybe"]),
      .retry(.serverError)),
  ]
}
