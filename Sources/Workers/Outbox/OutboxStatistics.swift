import Operations
import Outbox
import Stripe

/// What an outbox worker has done since it started.
public final class OutboxStatistics: Sendable {
  public let claimed: Counter
  public let delivered: Counter
  public let retried: Counter
  public let failures: Counter
  /// Settlements that came too late: somebody else has claimed the sequence since.
  public let lostLeases: Counter

  /// Subscriptions that were given other prices, and attempts at it that failed.
  public let moved: Counter
  public let moveFailures: Counter

  /// Stripe's reports of meter events that it rejected later, and the entries that were opened again for them.
  public let rejectionReports: Counter
  public let reopened: Counter

  let requestDurations: Histogram
  let claimSizes: Histogram
  let settling: Histogram
  let claiming: Histogram

  private let outcomes: [OutcomeName: Counter]
  private let answers: [StripeEndpoint: [AnswerClass: Counter]]

  public init(metrics: Metrics) {
    claimed = metrics.counter("usage_billing_outbox_claimed_total", "Outbox entries claimed for sending.")
    var outcomes: [OutcomeName: Counter] = [:]
    for name in OutcomeName.allCases {
      outcomes[name] = metrics.counter(
        "usage_billing_outbox_settled_total", "Outbox entries settled, by what came of them.",
        MetricLabel("outcome", name))
    }
    self.outcomes = outcomes
    delivered = Counter()
    retried = Counter()
    lostLeases = metrics.counter(
      "usage_billing_outbox_lost_leases_total", "Settlements without effect, since the lease had passed to another.")
    failures = metrics.counter(
      "usage_billing_outbox_database_failures_total", "Times that the outbox could not be claimed or settled.")
    moved = metrics.counter(
      "usage_billing_stripe_subscriptions_moved_total", "Subscriptions that were given the prices of a new period.")
    moveFailures = metrics.counter(
      "usage_billing_stripe_subscription_failures_total",
      "Times that a subscription could not be given the prices of a new period.")
    rejectionReports = metrics.counter(
      "usage_billing_stripe_rejection_reports_total",
      "Stripe's reports of meter events that it took and does not count.")
    reopened = metrics.counter(
      "usage_billing_outbox_reopened_total", "Entries opened again, since Stripe took and does not count them.")
    var answers: [StripeEndpoint: [AnswerClass: Counter]] = [:]
    for endpoint in StripeEndpoint.allCases {
      for answer in AnswerClass.allCases {
        answers[endpoint, default: [:]][answer] = metrics.counter(
          "usage_billing_stripe_requests_total", "Requests to Stripe, by endpoint and class of answer.",
          MetricLabel("endpoint", endpoint), MetricLabel("answer", answer))
      }
    }
    self.answers = answers
    requestDurations = metrics.histogram(
      "usage_billing_stripe_request_duration_seconds", "Time from sending a request to its end.",
      bounds: [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000].map { .milliseconds($0) })
    claimSizes = metrics.histogram(
      "usage_billing_outbox_claim_entries", "Entries of a claim.",
      bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000])
    func step(_ step: StaticString) -> Histogram {
      metrics.histogram(
        "usage_billing_outbox_transaction_duration_seconds", "Time that a transaction of the outbox took, by step.",
        bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000].map { .milliseconds($0) },
        MetricLabel("step", step))
    }
    claiming = step("claim")
    settling = step("settle")
  }

  func note(_ settlements: [Settlement]) {
    for settlement in settlements {
      let name = OutcomeName(settlement.outcome)
      outcomes[name]?.add(1)
      switch name {
      case .delivered, .deliveredBefore: delivered.add(1)
      case .retry: retried.add(1)
      case .unsent, .sendAgain, .nextInvoice, .unknown, .dead, .held, .expired: break
      }
    }
  }

  func note(_ endpoint: StripeEndpoint, _ result: Result<StripeAnswer, StripeTransportFailure>) {
    answers[endpoint]?[AnswerClass(result)]?.add(1)
  }

  func note(_ endpoint: StripeEndpoint, _ result: Result<StripeAnswer, StripeTransportFailure>, _ duration: Duration) {
    note(endpoint, result)
    requestDurations.observe(duration)
  }
}

/// Outcomes as a metric's label shows them.
enum OutcomeName: String, CaseIterable, MetricLabelValue {
  case delivered
  case deliveredBefore = "delivered_before"
  case unsent, retry
  case sendAgain = "send_again"
  case nextInvoice = "next_invoice"
  case unknown, dead, held, expired

  init(_ outcome: Outcome) {
    self =
      switch outcome {
      case .delivered: .delivered
      case .deliveredBefore: .deliveredBefore
      case .unsent: .unsent
      case .retryLater: .retry
      case .sendAgain: .sendAgain
      case .nextInvoice: .nextInvoice
      case .unknown: .unknown
      case .dead: .dead
      case .held: .held
      case .expired: .expired
      }
  }

  var labelText: String { rawValue }
}

/// Answers of Stripe's as a metric's label shows them.
enum AnswerClass: String, CaseIterable, MetricLabelValue {
  case success = "2xx"
  case tooMany = "429"
  case conflict = "409"
  /// The key is not taken.
  case unauthorized = "401"
  case refused = "4xx"
  case serverError = "5xx"
  case none

  init(_ result: Result<StripeAnswer, StripeTransportFailure>) {
    guard case .success(let answer) = result else {
      self = .none
      return
    }
    self =
      switch answer.status {
      case 429: .tooMany
      case 409: .conflict
      case 401: .unauthorized
      case 200..<300: .success
      case 500...: .serverError
      default: .refused
      }
  }

  var labelText: String { rawValue }
}

extension StripeEndpoint: MetricLabelValue {
  public var labelText: String { rawValue }
}
