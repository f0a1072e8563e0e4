import Outbox

/// What stands between an entry and its delivery, in words of this program: what operators list, count and look up.
extension Problem {
  // Nobody's fault: it is tried again.
  public static let noConnection = Problem("no_connection")
  public static let noAnswer = Problem("no_answer")
  public static let timedOut = Problem("timed_out")
  public static let tlsFailed = Problem("tls_failed")
  public static let clientFailed = Problem("client_failed")
  public static let serverError = Problem("server_error")
  public static let rateLimited = Problem("rate_limited")
  public static let locked = Problem("locked")
  public static let keyInUse = Problem("idempotency_key_in_use")
  public static let conflict = Problem("conflict")
  public static let clocksDiffer = Problem("timestamp_in_future")
  public static let sessionExpired = Problem("session_expired")
  /// Something answered that does not speak as Stripe does: a proxy, a wrong address.
  public static let notStripe = Problem("not_stripe")
  public static let answerUnreadable = Problem("answer_unreadable")
  public static let answerTooLarge = Problem("answer_too_large")
  public static let retryAsked = Problem("retry_asked")
  /// Between the time at which keys are no longer relied upon and the time at which a look-up decides.
  public static let settling = Problem("settling_before_look_up")
  /// Stripe has not made the subscription's draft yet.
  public static let draftAwaited = Problem("draft_awaited")

  // The operators' to mend: it is tried again, and nothing is lost meanwhile.
  public static let keyRefused = Problem("key_refused")
  public static let keyForbidden = Problem("key_forbidden")

  // To be looked up before anything is sent again.
  public static let replayedError = Problem("replayed_error")
  public static let keyUsedOtherwise = Problem("idempotency_key_used_otherwise")

  // The company's customer: held.
  public static let customerMissing = Problem("customer_missing")

  // What sending again as it is cannot mend.
  public static let tooLate = Problem("timestamp_too_far_in_past")
  public static let noMeter = Problem("no_meter")
  public static let meterArchived = Problem("meter_archived")
  public static let valueRefused = Problem("value_refused")
  /// Stripe's minor unit of the currency is coarser than the amount.
  public static let amountInexpressible = Problem("amount_inexpressible")
  public static let invoiceMissing = Problem("invoice_missing")
  public static let invoiceNotEditable = Problem("invoice_not_editable")
  public static let paymentRequired = Problem("payment_required")
  public static let notFound = Problem("not_found")
  public static let requestRefused = Problem("request_refused")
  public static let requestInvalid = Problem("request_invalid")

  // Undecidable.
  public static let lookUpRefused = Problem("look_up_refused")
  public static let summaryDiffers = Problem("summary_differs")
  public static let summaryUnreadable = Problem("summary_unreadable")

  // Found out later, of meter events that were taken: Stripe's own codes, which it may add to.
  public static let rejected = Problem("meter_event_rejected")

  /// - Parameter code: of an error type in Stripe's report.
  init(rejection code: String) { self = Self.rejections.first { $0.code == code } ?? .rejected }

  private static let rejections: [Problem] = [
    Problem("archived_meter"), Problem("meter_event_customer_not_found"),
    Problem("meter_event_dimension_count_too_high"), Problem("meter_event_invalid_value"),
    Problem("meter_event_no_customer_defined"), Problem("meter_event_value_not_found"),
    Problem("meter_event_value_too_many_digits"), Problem("missing_dimension_payload_keys"), .noMeter, .clocksDiffer,
    .tooLate,
  ]
}
