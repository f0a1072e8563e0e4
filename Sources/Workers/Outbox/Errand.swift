import Billing
import Operations
import Outbox
import Stripe

/// One claim on its way: its entries are sent in order, and nothing behind an entry that has to wait.
///
/// It belongs to the sender's thread.
final class Errand {
  /// What is to be done next.
  enum Action {
    /// One request for the entry at hand.
    case request(StripeRequest)
    /// The entry at hand, and those behind it, as events of the stream.
    case stream
    /// Every entry has its outcome.
    case done
  }

  let claim: Claim
  private(set) var action = Action.done
  private var deliveries: [Delivery]
  /// The first steps of the entries that were looked at.
  private var beginnings: [Delivery.Step?]
  private var outcomes: [Outcome?]
  private var answers: [Answer?]
  /// The entry at hand.
  private var position = 0
  /// Ends when Stripe refuses a request of the stream: then each event gets an answer of its own.
  private var isStreaming: Bool

  init(_ claim: Claim, isStreaming: Bool, meter: RemoteID?, now: Instant) {
    self.claim = claim
    self.isStreaming = isStreaming
    deliveries = claim.entries.map { Delivery($0, of: claim, meter: meter) }
    beginnings = claim.entries.map { _ in nil }
    outcomes = claim.entries.map { _ in nil }
    answers = claim.entries.map { _ in nil }
    begin(now: now)
  }

  /// The endpoint of the next request.
  var endpoint: StripeEndpoint {
    switch action {
    case .request(let request): request.endpoint
    case .stream, .done: .meterEventStream
    }
  }

  /// The meter that a look-up has found, if this errand had one.
  var meter: RemoteID? { deliveries.lazy.compactMap(\.meter).first }

  /// What the settling is told; complete when the action is `done`.
  var settlements: [Settlement] {
    claim.entries.indices.map { index in
      Settlement(claim, claim.entries[index], outcomes[index] ?? .unsent, answer: answers[index])
    }
  }

  /// The events for the next request of the stream: the entry at hand and those behind it that can go along.
  func streamRun(now: Instant) -> [AddressedMeterEvent] {
    guard case .stream = action else { return [] }
    var events: [AddressedMeterEvent] = []
    for index in position..<min(deliveries.count, position + StripeRequest.maximumStreamEvents) {
      guard case .send = beginning(of: index, now: now), let event = deliveries[index].streamed else { break }
      events.append(event)
    }
    return events
  }

  /// One request for the entry at hand has ended.
  func answered(
    _ result: Result<StripeAnswer, StripeTransportFailure>, now: Instant,
    using generator: inout some RandomNumberGenerator
  ) {
    if case .success(let answer) = result {
      answers[position] = Answer(status: answer.status, requestID: answer.requestID)
    }
    follow(deliveries[position].answered(result, now: now, using: &generator), now: now)
  }

  /// A request of the stream with the first `count` events of this errand's run has ended: for all of them, since all
  /// were sent.
  func streamed(
    _ count: Int, _ result: Result<StripeAnswer, StripeTransportFailure>, answer: Answer?, now: Instant,
    using generator: inout some RandomNumberGenerator
  ) {
    let run = position..<(position + count)
    var goesOn = true
    for index in run {
      answers[index] = answer
      switch deliveries[index].streamed(result, now: now, using: &generator) {
      case .settle(let outcome):
        outcomes[index] = outcome
        goesOn = goesOn && outcome.letsFollowersGo
      case .send(let request), .lookUp(let request):
        // The request was refused as a whole; the others' turns come when this event has its answer.
        isStreaming = false
        action = .request(request)
        return
      }
    }
    guard goesOn else {
      action = .done
      return
    }
    position = run.upperBound
    begin(now: now)
  }

  /// Gives the rest back: the lease is too short for another request, or the process leaves.
  func giveUp() {
    guard position < outcomes.count else { return }
    // Something of the entry at hand may have been sent in this claim: then it is tried again under its key.
    if hasBegun { outcomes[position] = .retryLater(after: .zero, problem: .interrupted) }
    action = .done
  }

  private var hasBegun = false

  /// A request for the entry at hand is on its way.
  func noteSent() { hasBegun = true }

  private func begin(now: Instant) {
    hasBegun = false
    guard position < deliveries.count else {
      action = .done
      return
    }
    follow(beginning(of: position, now: now), now: now)
  }

  private func beginning(of index: Int, now: Instant) -> Delivery.Step {
    if let step = beginnings[index] { return step }
    let step = deliveries[index].begin(now: now)
    beginnings[index] = step
    return step
  }

  private func follow(_ step: Delivery.Step, now: Instant) {
    switch step {
    case .send(let request):
      action = isStreaming && request.endpoint == .meterEvents ? .stream : .request(request)
    case .lookUp(let request):
      action = .request(request)
    case .settle(let outcome):
      outcomes[position] = outcome
      guard outcome.letsFollowersGo else {
        action = .done
        return
      }
      position += 1
      begin(now: now)
    }
  }
}

extension Outcome {
  /// Whether the entries behind one that came to this may be sent.
  fileprivate var letsFollowersGo: Bool {
    switch self {
    case .delivered, .deliveredBefore, .unknown, .dead, .expired: true
    case .unsent, .retryLater, .sendAgain, .nextInvoice, .held: false
    }
  }
}

extension Problem {
  /// The worker left, or the lease ended, between two requests for one entry.
  static let interrupted = Problem("interrupted")
}
