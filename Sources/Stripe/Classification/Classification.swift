import Outbox

/// The one place where an answer gets its meaning.
///
/// The order matters and is Stripe's: what was delivered before; whose fault a refused key is; `Stripe-Should-Retry`;
/// saved answers; 409; 429; 5xx; then what can never succeed. Nothing is ever dead for want of an answer, and nothing for
/// an answer that does not come from Stripe.
public func classify(
  _ endpoint: StripeEndpoint, _ result: Result<StripeAnswer, StripeTransportFailure>
) -> StripeVerdict {
  switch result {
  case .failure(let failure): verdict(on: failure)
  case .success(let answer) where answer.isSuccess: success(endpoint, answer)
  case .success(let answer): refusal(endpoint, answer)
  }
}

/// How long an entry waits for what operators, not time, have to mend: an unusable key, a proxy in the way.
let waitForOperators = Duration.seconds(300)

/// What was given up on may be at work at Stripe still: another call beside it would be refused, and two at a time for a
/// customer and meter are not allowed.
let waitForTheTimedOut = Duration.seconds(10)

private func verdict(on failure: StripeTransportFailure) -> StripeVerdict {
  switch failure.kind {
  // Only an address or a key with strange characters makes one: the same for every entry, so none dies of it.
  case .invalidRequest: .retry(after: waitForOperators, .requestInvalid, slowDown: false)
  case .tls: .retry(after: waitForOperators, .tlsFailed, slowDown: false)
  case .connectFailed: .retry(after: nil, .noConnection, slowDown: false)
  case .noAnswer: .retry(after: nil, .noAnswer, slowDown: false)
  case .timedOut: .retry(after: failure.mayHaveBeenSent ? waitForTheTimedOut : nil, .timedOut, slowDown: false)
  case .answerTooLarge: .retry(after: nil, .answerTooLarge, slowDown: false)
  case .unavailable: .retry(after: nil, .clientFailed, slowDown: false)
  }
}

private func success(_ endpoint: StripeEndpoint, _ answer: StripeAnswer) -> StripeVerdict {
  guard let object = endpoint.object else { return .delivered(reference: nil) }
  // The same request again gets the saved answer, or "already exists": so an answer that cannot be read is no guess.
  guard let body = answer.body, body["object"]?.text == object.description else {
    return .retry(after: nil, .answerUnreadable, slowDown: false)
  }
  if endpoint == .meterEvents { return .delivered(reference: nil) }
  guard let id = answer.id else { return .retry(after: nil, .answerUnreadable, slowDown: false) }
  return .delivered(reference: id)
}

private func refusal(_ endpoint: StripeEndpoint, _ answer: StripeAnswer) -> StripeVerdict {
  guard let error = answer.error else { return notStripe(answer) }
  if error.isRepeatedIdentifier { return .deliveredBefore }
  if answer.status == 401 || answer.status == 403 {
    // The stream knows sessions alone: another one is what helps.
    guard !error.isExpiredSession, endpoint != .meterEventStream else {
      return .retry(after: .zero, .sessionExpired, slowDown: false)
    }
    // The key's fault, never the entry's: nothing may die because a key was rotated.
    let problem: Problem = answer.status == 401 ? .keyRefused : .keyForbidden
    return .retry(after: waitForOperators, problem, slowDown: false)
  }
  if error.isExpiredSession { return .retry(after: .zero, .sessionExpired, slowDown: false) }
  let meaning = meaning(endpoint, answer, error)
  switch answer.shouldRetry {
  case true?: return asked(answer, meaning)
  case false?: return refused(meaning)
  case nil: return meaning
  }
}

/// Without an error object of Stripe's. 5xx without one is what Stripe's front sends in an outage.
private func notStripe(_ answer: StripeAnswer) -> StripeVerdict {
  switch answer.status {
  case 429: .retry(after: answer.retryAfter, .rateLimited, slowDown: true)
  case 500...: .retry(after: answer.retryAfter, .serverError, slowDown: false)
  default: .retry(after: answer.retryAfter ?? waitForOperators, .notStripe, slowDown: false)
  }
}

/// By status and code alone.
private func meaning(
  _ endpoint: StripeEndpoint, _ answer: StripeAnswer, _ error: StripeErrorFacts
) -> StripeVerdict {
  if error.isIdempotencyError, answer.status != 409 { return .lookUpFirst(.keyUsedOtherwise, ifAbsent: .sendAgain) }
  switch answer.status {
  case 409, 429, 408, 424, 500...:
    // A saved answer comes for as long as the key does. What it hides may have been done: looked up, then a new key.
    if answer.isReplayed { return .lookUpFirst(.replayedError, ifAbsent: .sendAgain) }
    return passing(answer, error)
  case 400 where error.code == .rateLimit: return passing(answer, error)
  case 402: return .dead(.paymentRequired)
  default: return rejection(endpoint, answer, error)
  }
}

/// What passes by itself.
private func passing(_ answer: StripeAnswer, _ error: StripeErrorFacts) -> StripeVerdict {
  switch answer.status {
  case 409:
    let problem: Problem =
      switch error.code {
      case .idempotencyKeyInUse: .keyInUse
      case .lockTimeout: .locked
      default: .conflict
      }
    return .retry(after: answer.retryAfter, problem, slowDown: false)
  case 429, 400:
    if error.code == .lockTimeout { return .retry(after: answer.retryAfter, .locked, slowDown: false) }
    // Without a reason it is mostly a lock on one object, but nothing says so: sending less is the safe reading.
    return .retry(after: answer.retryAfter, .rateLimited, slowDown: answer.rateLimitReason?.asksForLess ?? true)
  default:
    return .retry(after: answer.retryAfter, .serverError, slowDown: false)
  }
}

/// A 4xx that says what is wrong with the request.
private func rejection(
  _ endpoint: StripeEndpoint, _ answer: StripeAnswer, _ error: StripeErrorFacts
) -> StripeVerdict {
  switch error.code {
  case .timestampTooFarInPast: return .lookUpFirst(.tooLate, ifAbsent: .expired)
  // Only a clock that is ahead of Stripe's makes one: its entry will be right in a while.
  case .timestampInFuture: return .retry(after: waitForOperators, .clocksDiffer, slowDown: false)
  case .noMeter: return .dead(.noMeter)
  case .archivedMeter: return .dead(.meterArchived)
  case .invalidValue, .tooManyDigits: return .dead(.valueRefused)
  case .customerNotFound, .noCustomerDefined: return .hold(.customerMissing)
  case .resourceMissing where error.parameter == .customer: return .hold(.customerMissing)
  case .resourceMissing where error.parameter == .invoice: return .dead(.invoiceMissing)
  case .lockTimeout: return .retry(after: answer.retryAfter, .locked, slowDown: false)
  default: break
  }
  // Finalizing what is finalized already is refused as well: the invoice's own state decides.
  if endpoint == .finalizeInvoice, answer.status == 400 {
    return .lookUpFirst(.requestRefused, ifAbsent: .dead(.requestRefused))
  }
  if error.code == .invoiceNotEditable { return .dead(.invoiceNotEditable) }
  return .dead(answer.status == 404 ? .notFound : .requestRefused)
}

/// `Stripe-Should-Retry: true`: whatever the status, unless what would come is the saved answer again.
private func asked(_ answer: StripeAnswer, _ meaning: StripeVerdict) -> StripeVerdict {
  switch meaning {
  case .retry, .lookUpFirst(.replayedError, _), .lookUpFirst(.keyUsedOtherwise, _): meaning
  default: .retry(after: answer.retryAfter, .retryAsked, slowDown: false)
  }
}

/// `Stripe-Should-Retry: false`: the same request does no better soon. What says nothing about the entry only waits
/// longer: its key still protects it, and a saved answer will show as one.
private func refused(_ meaning: StripeVerdict) -> StripeVerdict {
  guard case .retry(let after, let problem, let slowDown) = meaning else { return meaning }
  return .retry(after: max(after ?? .zero, waitForOperators), problem, slowDown: slowDown)
}
