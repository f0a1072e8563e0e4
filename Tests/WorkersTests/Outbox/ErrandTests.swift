import Billing
import HTTP
import Outbox
import Stripe
import Testing

@testable import Workers

@Suite("An errand brings the entries of a claim to their outcomes, in order")
struct ErrandTests {
  private let now = Instant("2025-01-15T12:00:00Z") ?? Instant(microseconds: 0)

  @Test("Three events go in one request of the stream, and are delivered together")
  func streamTogether() throws {
    let errand = Errand(try claim(3), isStreaming: true, meter: nil, now: now)
    #expect(errand.streamRun(now: now).count == 3)
    finish(errand, 3, .success(Self.accepted))
    #expect(errand.settlements.map(\.outcome) == [Outcome](repeating: .delivered(reference: nil), count: 3))
  }

  @Test("When the answer to a request of three is lost, each of them may have arrived: none counts as unsent")
  func streamLost() throws {
    let errand = Errand(try claim(3), isStreaming: true, meter: nil, now: now)
    finish(errand, 3, .failure(Self.lost))
    for settlement in errand.settlements {
      guard case .retryLater(_, .noAnswer) = settlement.outcome else {
        Issue.record("an event that was perhaps sent is \(settlement.outcome)")
        return
      }
    }
  }

  @Test("Events behind those of a lost request stay unsent, so that none overtakes another")
  func nothingOvertakes() throws {
    let errand = Errand(try claim(3), isStreaming: true, meter: nil, now: now)
    finish(errand, 2, .failure(Self.lost))
    #expect(errand.settlements.last?.outcome == .unsent)
    #expect(errand.settlements.count == 3)
  }

  @Test("What remains of a run goes in the next request")
  func runInParts() throws {
    let errand = Errand(try claim(3), isStreaming: true, meter: nil, now: now)
    var generator = SystemRandomNumberGenerator()
    errand.streamed(2, .success(Self.accepted), answer: nil, now: now, using: &generator)
    guard case .stream = errand.action else {
      Issue.record("the third event is left")
      return
    }
    #expect(errand.streamRun(now: now).map(\.id) == [errand.claim.entries[2].id])
  }

  @Test(
    "When Stripe refuses a request of several, each event is sent by itself, in order: one is dead, the others arrive")
  func oneBadEvent() throws {
    let claim = try claim(3)
    let errand = Errand(claim, isStreaming: true, meter: nil, now: now)
    var generator = SystemRandomNumberGenerator()
    errand.streamed(3, .success(Self.refusal), answer: nil, now: now, using: &generator)
    for number in 0..<3 {
      guard case .request(let request) = errand.action else {
        Issue.record("event \(number) has to be sent by itself")
        return
      }
      #expect(request.endpoint == .meterEvents)
      errand.answered(.success(number == 1 ? Self.refusal : Self.taken), now: now, using: &generator)
    }
    let outcomes = errand.settlements.map(\.outcome)
    #expect(outcomes.first == .delivered(reference: nil))
    guard outcomes.count == 3, case .dead = outcomes[1] else {
      Issue.record("the bad event is \(outcomes)")
      return
    }
    #expect(outcomes.last == .delivered(reference: nil))
  }

  @Test("An entry that was perhaps sent long ago is looked up before those behind it are streamed")
  func oldFirst() throws {
    let errand = Errand(
      try claim(2, firstAttempt: now.adding(seconds: -30 * 3600)), isStreaming: true, meter: nil, now: now)
    guard case .request(let request) = errand.action else {
      Issue.record("the first entry has to be looked up")
      return
    }
    #expect(request.isReading)
    #expect(errand.streamRun(now: now).isEmpty)
  }

  @Test(
    "Given up before anything was sent, all entries go back as they were; after a request, the entry at hand may have arrived"
  )
  func givenUp() throws {
    let unsent = Errand(try claim(2), isStreaming: false, meter: nil, now: now)
    unsent.giveUp()
    #expect(unsent.settlements.map(\.outcome) == [.unsent, .unsent])
    let begun = Errand(try claim(2), isStreaming: false, meter: nil, now: now)
    begun.noteSent()
    begun.giveUp()
    #expect(begun.settlements.map(\.outcome) == [.retryLater(after: .zero, problem: .interrupted), .unsent])
  }

  private static let lost = StripeTransportFailure(.noAnswer, mayHaveBeenSent: true)
  private static let accepted = answer(200, "{}")
  private static let taken = answer(200, #"{"object": "billing.meter_event"}"#)
  private static let refusal = answer(
    400, #"{"error": {"type": "invalid_request_error", "message": "no", "code": "meter_event_invalid_value"}}"#)

  private static func answer(_ status: Int, _ body: String) -> StripeAnswer {
    StripeAnswer(HTTPResponse(status: status, body: Array(body.utf8)))
  }

  private func finish(
    _ errand: Errand, _ count: Int, _ result: Result<StripeAnswer, StripeTransportFailure>
  ) {
    var generator = SystemRandomNumberGenerator()
    errand.streamed(count, result, answer: nil, now: now, using: &generator)
    guard case .done = errand.action else {
      Issue.record("the errand is not done")
      return
    }
  }

  private func claim(_ count: Int, firstAttempt: Instant? = nil) throws -> Claim {
    var generator = SystemRandomNumberGenerator()
    let start = try #require(CivilDate("2025-01-01"))
    let end = try #require(CivilDate("2025-02-01"))
    let period = try #require(BillingPeriod(start: start, end: end))
    let metric = try #require(MetricName("order"))
    let entries = try (0..<count).map { index in
      let minute = try #require(Instant("2025-01-15T11:0\(index):00Z"))
      let event = try #require(
        MeterEvent(metric: metric, period: period, value: Quantity(index + 1), timestamp: minute))
      return ClaimedEntry(
        entryNumber: Int64(index + 1), id: EntryID(now: now, using: &generator), effect: .meterEvent(event),
        attempts: 1,
        firstAttemptAt: index == 0 ? firstAttempt : nil)
    }
    let claimed = ContinuousClock.now
    return Claim(
      company: try #require(CompanyID("comp-123")), orderingKey: .meter(metric), token: 1, claimedAt: claimed,
      leaseEnds: claimed + .seconds(60), entries: entries, stripeCustomer: RemoteID("cus_1"))
  }
}
