import Billing
import Outbox

/// The way of one claimed entry to its outcome: what to send, what to look up, and what the answers make of it. Pure: the
/// clock's time, chance and answers are handed in.
///
///     var delivery = Delivery(entry, of: claim, meter: known)
///     var step = delivery.begin(now: now)
///     // a request in a step is sent, and its end handed to `answered`, until the step is `settle`
///
/// Nothing is sent on a guess. Within 23 hours of the first attempt the key protects, and the entry is simply sent again.
/// Later, and wherever an answer says so, Stripe is asked first: found is delivered, absent is sent again, and what
/// cannot be decided waits for a person. An entry is never dead for the number of its attempts.
public struct Delivery: Sendable {
  public enum Step: Hashable, Sendable {
    /// The effect itself. A meter's event may go by the stream instead.
    case send(StripeRequest)
    /// A question; it changes nothing.
    case lookUp(StripeRequest)
    case settle(Outcome)
  }

  private enum State: Hashable, Sendable {
    /// `begin` comes next.
    case new
    /// The effect is under way.
    case sending
    /// A question is under way, and what becomes of the entry if its effect is not there.
    case lookingUp(LookUp, ifAbsent: StripeVerdict.Absent)
    case settled
  }

  public let entry: ClaimedEntry
  /// Stripe's name of the event's meter, once known: worth keeping for other entries.
  public private(set) var meter: RemoteID?
  let recipient: Recipient
  private var state = State.new
  /// The minute's summary was empty in this claim: the next send of the event is safe, whatever the key's age.
  private var isKnownAbsent = false

  /// - Parameter meter: Stripe's name of the event's meter, if some look-up has found it before.
  public init(_ entry: ClaimedEntry, of claim: Claim, meter: RemoteID? = nil) {
    self.entry = entry
    self.meter = meter
    recipient = Recipient(claim)
  }

  /// The event as the stream takes it; `nil` for other effects.
  public var streamed: AddressedMeterEvent? {
    guard case .meterEvent(let event) = entry.effect, let customer = recipient.customer else { return nil }
    return AddressedMeterEvent(event, id: entry.id, customer: customer)
  }

  /// - Parameter now: the database's time, by which attempts are dated.
  public mutating func begin(now: Instant) -> Step {
    guard recipient.isComplete(for: entry.effect) else {
      return settle(.held(recipient.customer == nil ? .noCustomer : .noInvoice))
    }
    // Nothing is made: looking is all there is to it.
    if entry.effect.kind == .adoptInvoice { return lookUp(ifAbsent: .noDraft, now: now) }
    guard let request else {
      return settle(.dead(entry.effect.kind == .finalizeInvoice ? .invoiceMissing : .amountInexpressible))
    }
    if let limit = entry.sendBefore, limit <= now {
      guard entry.firstAttemptAt != nil else { return settle(.expired) }
      return lookUp(ifAbsent: .expired, now: now)
    }
    guard let first = entry.firstAttemptAt, DeliveryTimes.keysEnd(first) <= now else { return send(request) }
    switch entry.effect {
    // Finalizing twice is finalizing once.
    case .finalizeInvoice, .adoptInvoice: return send(request)
    // What its look-up cannot show yet is so young that the identifier protects it.
    case .meterEvent: return lookUp(ifAbsent: .sendAgain, now: now)
    case .invoiceItem, .customer, .invoice:
      let decides = DeliveryTimes.listDecides(first)
      guard decides <= now else { return settle(.retryLater(after: now.wait(until: decides), problem: .settling)) }
      return lookUp(ifAbsent: .sendAgain, now: now)
    }
  }

  /// The end of the request that the last step asked for.
  public mutating func answered(
    _ result: Result<StripeAnswer, StripeTransportFailure>, now: Instant,
    using generator: inout some RandomNumberGenerator
  ) -> Step {
    switch state {
    case .sending:
      return sent(classify(entry.effect.endpoint, result), now: now, using: &generator)
    case .lookingUp(let question, let absent):
      return lookedUp(question, ifAbsent: absent, result, now: now, using: &generator)
    case .new, .settled:
      // Only a caller's mistake comes here; what was asked for is not known, so that nothing is said to be delivered.
      return settle(retry(after: nil, .clientFailed, using: &generator))
    }
  }

  /// The end of a stream request that carried this event among others.
  ///
  /// Stripe refuses such a request as a whole, for one event in it or for the whole: then each event is sent by itself,
  /// so that it gets an answer of its own. Its identifier makes that safe, whatever the stream had taken.
  public mutating func streamed(
    _ result: Result<StripeAnswer, StripeTransportFailure>, now: Instant,
    using generator: inout some RandomNumberGenerator
  ) -> Step {
    switch classify(.meterEventStream, result) {
    case .delivered, .deliveredBefore: return settle(.delivered(reference: nil))
    case .retry(let after, let problem, _): return settle(retry(after: after, problem, using: &generator))
    case .lookUpFirst, .hold, .dead:
      guard let request else { return settle(.dead(.requestInvalid)) }
      return send(request)
    }
  }

  // MARK: Sending

  private mutating func send(_ request: StripeRequest) -> Step {
    state = .sending
    return .send(request)
  }

  private mutating func sent(
    _ verdict: StripeVerdict, now: Instant, using generator: inout some RandomNumberGenerator
  ) -> Step {
    switch verdict {
    case .delivered(let reference): return settle(.delivered(reference: reference))
    case .deliveredBefore: return settle(.deliveredBefore(reference: nil))
    case .retry(let after, let problem, _): return settle(retry(after: after, problem, using: &generator))
    case .hold: return settle(.held(.noCustomer))
    case .dead(let problem):
      // An earlier attempt may have arrived all the same; a person must not be told otherwise.
      let isDraftLost = isDraftLost(problem)
      guard entry.firstAttemptAt != nil, !isKnownAbsent else {
        return settle(isDraftLost ? .nextInvoice : .dead(problem))
      }
      return lookUp(ifAbsent: isDraftLost ? .nextInvoice : .dead(problem), now: now)
    case .lookUpFirst(_, .expired) where entry.firstAttemptAt == nil: return settle(.expired)
    case .lookUpFirst(let problem, let absent):
      // Looked up in this claim already: asking once more would go round in circles.
      guard !isKnownAbsent else { return settle(retry(after: nil, problem, using: &generator)) }
      return lookUp(ifAbsent: absent, now: now)
    }
  }

  /// Whether what Stripe says is that the subscription's draft became final, or was thrown away, since it was adopted.
  private func isDraftLost(_ problem: Problem) -> Bool {
    guard case .adopted? = recipient.invoice else { return false }
    return problem == .invoiceNotEditable || problem == .invoiceMissing
  }

  // MARK: Looking up

  private mutating func lookUp(ifAbsent absent: StripeVerdict.Absent, now: Instant) -> Step {
    let since = (entry.firstAttemptAt ?? now.adding(days: -DeliveryTimes.unknownAttemptDays))
      .adding(seconds: -DeliveryTimes.clockSkewSeconds)
    let question: LookUp
    switch entry.effect {
    case .meterEvent(let event):
      question = meter.map { .summary(event, meter: $0) } ?? .meter(event.metric, after: nil, inactive: nil)
    case .invoiceItem: question = .invoiceItems(entry.id, createdSince: since, after: nil)
    case .invoice: question = .invoices(entry.id, createdSince: since, after: nil)
    case .customer: question = .customers(entry.id, createdSince: since, after: nil)
    case .finalizeInvoice:
      guard let invoice = recipient.invoice?.id else { return settle(.held(.noInvoice)) }
      question = .invoice(invoice)
    case .adoptInvoice(let adoption):
      guard let subscription = recipient.subscription else { return settle(.deliveredBefore(reference: nil)) }
      question = .subscriptionDraft(of: subscription, adoption.period, after: nil)
    }
    return ask(question, ifAbsent: absent)
  }

  private mutating func ask(_ question: LookUp, ifAbsent absent: StripeVerdict.Absent) -> Step {
    guard let request = question.request(customer: recipient.customer) else { return settle(.held(.noCustomer)) }
    state = .lookingUp(question, ifAbsent: absent)
    return .lookUp(request)
  }

  private mutating func lookedUp(
    _ question: LookUp, ifAbsent absent: StripeVerdict.Absent,
    _ result: Result<StripeAnswer, StripeTransportFailure>, now: Instant,
    using generator: inout some RandomNumberGenerator
  ) -> Step {
    guard case .success(let answer) = result, answer.isSuccess else {
      switch classify(question.endpoint, result) {
      case .retry(let after, let problem, _): return settle(retry(after: after, problem, using: &generator))
      case .hold: return settle(.held(.noCustomer))
      default:
        guard case .dead(let problem) = absent else { return settle(.unknown(.lookUpRefused)) }
        return settle(.dead(problem))
      }
    }
    switch question.finding(in: answer) {
    case .found(let reference):
      guard case .meter = question, case .meterEvent(let event) = entry.effect, let reference else {
        return settle(.deliveredBefore(reference: reference))
      }
      meter = reference
      return ask(.summary(event, meter: reference), ifAbsent: absent)
    case .next(let next): return ask(next, ifAbsent: absent)
    case .absent: return absentAtStripe(absent, now: now)
    case .undecided(let problem): return settle(.unknown(problem))
    case .unreadable: return settle(retry(after: nil, .answerUnreadable, using: &generator))
    }
  }

  private mutating func absentAtStripe(_ absent: StripeVerdict.Absent, now: Instant) -> Step {
    isKnownAbsent = true
    switch absent {
    case .dead(let problem): return settle(.dead(problem))
    case .nextInvoice: return settle(.nextInvoice)
    case .noDraft:
      guard case .adoptInvoice(let adoption) = entry.effect,
        now < adoption.period.end.start.adding(seconds: DeliveryTimes.draftSeconds)
      else { return settle(.deliveredBefore(reference: nil)) }
      return settle(.retryLater(after: DeliveryTimes.draftInterval, problem: .draftAwaited))
    case .expired:
      let decides = expiryDecides
      guard decides <= now else { return settle(.retryLater(after: now.wait(until: decides), problem: .settling)) }
      return settle(.expired)
    case .sendAgain:
      // Under its own identifier, at once: an event that the summary does not show yet is younger than its lag, so that
      // the identifier protects it. That would not hold some other day.
      guard case .meterEvent = entry.effect, let request else { return settle(.sendAgain) }
      return send(request)
    }
  }

  /// From when on an empty summary says that the event was not counted: all attempts that can have been taken were made
  /// before `sendBefore`, and before Stripe began to refuse the timestamp.
  private var expiryDecides: Instant {
    guard case .meterEvent(let event) = entry.effect else { return entry.sendBefore ?? Instant(microseconds: 0) }
    let refused = event.timestamp.adding(days: DeliveryTimes.meterDays)
    return min(entry.sendBefore ?? refused, refused).adding(seconds: DeliveryTimes.summaryLagSeconds)
  }

  // MARK: Ends

  private mutating func settle(_ outcome: Outcome) -> Step {
    state = .settled
    return .settle(outcome)
  }

  private func retry(
    after: Duration?, _ problem: Problem, using generator: inout some RandomNumberGenerator
  ) -> Outcome {
    .retryLater(
      after: RetryBackoff.delay(attempts: entry.attempts, atLeast: after, using: &generator), problem: problem)
  }
}
