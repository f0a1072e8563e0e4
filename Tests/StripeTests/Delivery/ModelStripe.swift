import Billing
import Outbox
import TestBasics

@testable import Stripe

/// As much of Stripe as decides whether an effect is made twice: it keeps keys for a day, loses answers, saves errors,
/// goes on working on requests whose caller has given up, and shows summaries late.
struct ModelStripe {
  typealias Answered = Result<StripeAnswer, StripeTransportFailure>

  struct Faults {
    /// In percent of the requests.
    var share = 40
    /// In percent of those: requests that Stripe finishes after their caller has given up.
    var slow = 0
    /// When nothing fails any more.
    var end: Instant
    /// Stripe answers nothing at all in it.
    var outage: Range<Instant>
  }

  private struct Saved {
    let answer: StripeAnswer
    let at: Instant
  }

  private struct Effect {
    let metadataID: String
    let reference: String
    /// Perhaps later than its request was given up.
    let at: Instant
    let minute: String?
    let value: String
  }

  private static let day: Int64 = 24 * 3600
  var faults: Faults
  let summaryLag: Int64
  private var generator: SeededGenerator
  private var effects: [Effect] = []
  private var saved: [String: Saved] = [:]
  private var working: [String: Instant] = [:]
  private var number = 0

  init(seed: UInt64, faults: Faults, summaryLag: Int64) {
    generator = SeededGenerator(seed: seed)
    self.faults = faults
    self.summaryLag = summaryLag
  }

  /// How often the effect was, or will be, made.
  func count(of id: EntryID) -> Int { effects.count { $0.metadataID == id.description } }

  mutating func answer(_ request: StripeRequest, now: Instant) -> Answered {
    if faults.outage.contains(now) {
      return .failure(StripeTransportFailure(.connectFailed, mayHaveBeenSent: false))
    }
    return request.isReading ? read(request, now: now) : write(request, now: now)
  }

  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

  private mutating func isFaulty(_ now: Instant) -> Bool { now < faults.end && chance(faults.share) }

  // MARK: Effects

  private mutating func write(_ request: StripeRequest, now: Instant) -> Answered {
    guard case .parameters(let parameters) = request.content, let key = request.idempotencyKey?.text else {
      return .success(.error(400))
    }
    saved = saved.filter { $0.value.at.adding(seconds: Self.day) > now }
    if let answer = saved[key], answer.at <= now { return .success(answer.answer.replayed()) }
    if let until = working[key], until > now {
      return .success(.error(409, type: "idempotency_error", code: "idempotency_key_in_use"))
    }
    guard isFaulty(now) else { return .success(execute(request, parameters, key, now: now, at: now)) }
    switch chance(faults.slow) ? 2 : Int.random(in: 0..<8, using: &generator) {
    case 0: return .failure(StripeTransportFailure(.noAnswer, mayHaveBeenSent: true))
    case 1:
      _ = execute(request, parameters, key, now: now, at: now)
      return .failure(StripeTransportFailure(.timedOut, mayHaveBeenSent: true))
    case 2:
      // Given up by the caller, finished by Stripe minutes later.
      let end = now.adding(seconds: Int64.random(in: 1...600, using: &generator))
      working[key] = end
      _ = execute(request, parameters, key, now: now, at: end)
      return .failure(StripeTransportFailure(.timedOut, mayHaveBeenSent: true))
    case 3:
      // The effect was made, and an error is what is saved.
      _ = execute(request, parameters, key, now: now, at: now)
      return .success(save(.error(500, type: "api_error"), key, now))
    case 4: return .success(save(.error(429, code: "lock_timeout"), key, now))
    case 5: return .success(.error(429, code: "rate_limit", ["Stripe-Rate-Limited-Reason": "global-rate"]))
    case 6: return .success(StripeAnswer(502, "<html>"))
    default:
      _ = execute(request, parameters, key, now: now, at: now)
      return .success(StripeAnswer(200, "garbage"))
    }
  }

  private mutating func save(_ answer: StripeAnswer, _ key: String, _ now: Instant) -> StripeAnswer {
    saved[key] = Saved(answer: answer, at: now)
    return answer
  }

  private mutating func execute(
    _ request: StripeRequest, _ parameters: StripeParameters, _ key: String, now: Instant, at: Instant
  ) -> StripeAnswer {
    let isEvent = request.endpoint == .meterEvents
    let id = parameters[isEvent ? "identifier" : "metadata[entry_id]"] ?? ""
    if isEvent, effects.contains(where: { $0.metadataID == id && $0.at.adding(seconds: Self.day) > at }) {
      return .error(400, message: "An event already exists with identifier \(id).")
    }
    number += 1
    let object = isEvent ? "billing.meter_event" : request.endpoint.object?.description ?? ""
    let reference = "obj_\(number)"
    effects.append(
      Effect(
        metadataID: id, reference: reference, at: at, minute: parameters["timestamp"],
        value: parameters["payload[value]"] ?? ""))
    return save(.object(object, reference), key, at)
  }

  // MARK: Look-ups

  private mutating func read(_ request: StripeRequest, now: Instant) -> Answered {
    guard case .parameters(let parameters) = request.content else { return .success(.error(400)) }
    if isFaulty(now) {
      return chance(50)
        ? .failure(StripeTransportFailure(.timedOut, mayHaveBeenSent: true))
        : .success(.error(500, type: "api_error"))
    }
    switch request.endpoint {
    case .meters:
      return .success(list([#"{"id": "mtr_1", "event_name": "order", "status": "active"}"#], hasMore: false))
    case .meterEventSummaries:
      let lag = summaryLag
      let counted = effects.filter { $0.minute == parameters["start_time"] && $0.at.adding(seconds: lag) <= now }
      let sum = counted.reduce(Quantity.zero) { $0 + (Quantity($1.value) ?? .zero) }
      return .success(
        list(counted.isEmpty ? [] : [#"{"id": "mtrusg_1", "aggregated_value": \#(sum)}"#], hasMore: false))
    default: return .success(page(parameters, now: now))
    }
  }

  /// Objects of others stand around ours, two a page.
  private func page(_ parameters: StripeParameters, now: Instant) -> StripeAnswer {
    let since = Int64(parameters["created[gte]"] ?? "") ?? 0
    let own = effects.filter { $0.at <= now && $0.at.microseconds >= since * Instant.microsecondsPerSecond }
    let objects =
      (0..<3).map { (id: "obj_other\($0)", entry: "other") } + own.map { (id: $0.reference, entry: $0.metadataID) }
    let first =
      parameters["starting_after"].flatMap { after in objects.firstIndex { $0.id == after } }.map { $0 + 1 } ?? 0
    let page = objects[min(first, objects.count)...].prefix(2)
    return list(
      page.map { #"{"id": "\#($0.id)", "metadata": {"entry_id": "\#($0.entry)"}}"# },
      hasMore: first + page.count < objects.count)
  }

  private func list(_ objects: [String], hasMore: Bool) -> StripeAnswer {
    StripeAnswer(
      200, #"{"object": "list", "has_more": \#(hasMore), "data": [\#(objects.joined(separator: ", "))]}"#)
  }
}
