import HTTP
import Outbox

@testable import Stripe

extension ClassificationTable {
  static let refused: [ClassificationRow] = [
    .init("wrong key", .invoiceItems, .error(401), .later(.keyRefused)),
    .init("wrong key, not to be tried again", .meterEvents, .error(401, no), .later(.keyRefused)),
    .init("a key without the right", .customers, .error(403), .later(.keyForbidden)),
    .init(
      "session over", .meterEventStream,
      .error(401, type: "temporary_session_expired", code: "billing_meter_event_session_expired"),
      .retry(.sessionExpired, after: .zero)),
    .init(
      "session over as a 400", .meterEventStream, .error(400, type: "temporary_session_expired"),
      .retry(.sessionExpired, after: .zero)),
    .init("session unknown", .meterEventStream, .error(401), .retry(.sessionExpired, after: .zero)),
    .init(
      "customer deleted", .invoiceItems, .error(400, code: "resource_missing", param: "customer"),
      .hold(.customerMissing)),
    .init(
      "customer deleted, as a 404", .invoices, .error(404, code: "resource_missing", param: "customer"),
      .hold(.customerMissing)),
    .init(
      "customer unknown to the meter", .meterEvents, .error(400, code: "meter_event_customer_not_found"),
      .hold(.customerMissing)),
    .init(
      "customer unknown, in words", .meterEvents, .error(400, message: "No such customer: 'cus_1'"),
      .hold(.customerMissing)),
    .init(
      "invoice missing", .invoiceItems, .error(400, code: "resource_missing", param: "invoice"),
      .dead(.invoiceMissing)),
    .init("invoice finalized", .invoiceItems, .error(400, code: "invoice_not_editable"), .dead(.invoiceNotEditable)),
    .init(
      "finalized before, perhaps", .finalizeInvoice, .error(400),
      .lookUpFirst(.requestRefused, ifAbsent: .dead(.requestRefused))),
    .init("no meter", .meterEvents, .error(400, code: "no_meter"), .dead(.noMeter)),
    .init(
      "no meter, in words", .meterEvents, .error(400, message: "No active meter found for event name x"),
      .dead(.noMeter)),
    .init("archived meter", .meterEvents, .error(400, code: "archived_meter"), .dead(.meterArchived)),
    .init("strange value", .meterEvents, .error(400, code: "meter_event_invalid_value"), .dead(.valueRefused)),
    .init(
      "too many digits", .meterEvents, .error(400, code: "meter_event_value_too_many_digits"),
      .dead(.valueRefused)),
    .init(
      "too old", .meterEvents, .error(400, code: "timestamp_too_far_in_past"),
      .lookUpFirst(.tooLate, ifAbsent: .expired)),
    .init(
      "too old, by the parameter", .meterEvents, .error(400, param: "timestamp", message: "35 days"),
      .lookUpFirst(.tooLate, ifAbsent: .expired)),
    .init("ahead", .meterEvents, .error(400, code: "timestamp_in_future"), .later(.clocksDiffer)),
    .init(
      "ahead, by the parameter", .meterEvents, .error(400, param: "timestamp", message: "is in the future"),
      .later(.clocksDiffer)),
    .init("payment", .finalizeInvoice, .error(402, type: "card_error"), .dead(.paymentRequired)),
    .init("unknown parameter", .invoiceItems, .error(400, code: "parameter_unknown"), .dead(.requestRefused)),
    .init("nothing there", .finalizeInvoice, .error(404, code: "resource_missing"), .dead(.notFound)),
    .init("wrong method", .customers, .error(405), .dead(.requestRefused)),
  ]

  static let broken: [ClassificationRow] = [
    .init("404 of a proxy", .meterEvents, StripeAnswer(404, "<html>"), .later(.notStripe)),
    .init("400 of a proxy", .meterEvents, StripeAnswer(400, "{}"), .later(.notStripe)),
    .init("401 of a proxy", .meterEvents, StripeAnswer(401, "login"), .later(.notStripe)),
    .init("a redirect", .customers, StripeAnswer(302), .later(.notStripe)),
    .init("429 of a proxy", .customers, StripeAnswer(429), .retry(.rateLimited, slowDown: true)),
  ]
}
