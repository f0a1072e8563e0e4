import Billing
import Faults
import HTTP
import Operations
import Outbox
import Stripe

/// Sends what is claimed, many requests at once from one thread, at the rate that all replicas share.
///
/// It never waits for a commit: what became of claims goes to the clerk. What it does ask the database for are tokens.
final class StripeSender {
  struct Setting {
    let stripe: StripeConfiguration
    let release: StaticString
    /// Whether meter events go by the v2 stream.
    let isStreaming: Bool
    /// Requests under way at once, of each class of claims.
    let concurrency: Int
    let log: Log
    let statistics: OutboxStatistics
    let failpoints: Failpoints
    let pulse: Health.Pulse
    let stop: StopSignal
    let desk: OutboxDesk
  }

  let setting: Setting
  let client: StripeClient
  var tokens: SendTokens
  var queues: [StripeEndpoint: ErrandQueue] = [:]
  var flights: [HTTPClient.ID: Flight] = [:]
  var session = MeterSession()
  var generator = SystemRandomNumberGenerator()
  private var limits: [ClaimClass: ConcurrencyLimit]
  private var flying: [ClaimClass: Int] = [:]
  /// Stripe's names of meters that look-ups have found.
  private var meters: [MetricName: RemoteID] = [:]
  private var hasSubmitted = false
  private let pause = Doorbell()

  /// A request under way.
  struct Flight {
    enum Cargo {
      case errand(Errand)
      /// Errands in the order of their events, and how many events of each.
      case stream([(errand: Errand, count: Int)])
      case session
    }

    let cargo: Cargo
    let endpoint: StripeEndpoint
    let sentAt: ContinuousClock.Instant
  }

  /// Rounds are at least so far apart: a few requests in each cost less than a round for each.
  private static let tick = Duration.milliseconds(3)
  private static let idleWait = Duration.milliseconds(100)
  /// Between the end of a request, at the latest, and the end of the lease.
  private static let leaseMargin = Duration.seconds(1)

  init(_ setting: Setting, tokens: SendTokens) throws(StripeTransportFailure) {
    self.setting = setting
    self.tokens = tokens
    client = try StripeClient(setting.stripe, release: setting.release, maximumConnections: setting.concurrency)
    limits = [
      .meters: ConcurrencyLimit(greatest: setting.concurrency),
      .others: ConcurrencyLimit(greatest: setting.concurrency),
    ]
  }

  func run() {
    setting.desk.attach(client.waker)
    defer {
      setting.desk.attach(nil)
      setting.desk.closeSender()
    }
    while true {
      let round = ContinuousClock.now
      setting.pulse.beat()
      accept()
      if setting.stop.isSet {
        giveUpWaiting()
        if flights.isEmpty { return }
      } else {
        dispatch(round)
      }
      receive()
      let rest = ContinuousClock.now.duration(to: round + Self.tick)
      if rest > .zero, !flights.isEmpty || hasWaiting { pause.wait(atMost: rest) }
    }
  }

  /// Sends a request of one errand.
  func send(_ errand: Errand, _ request: StripeRequest, now: ContinuousClock.Instant) {
    do {
      let id = try client.submit(request)
      errand.noteSent()
      note(id, Flight(cargo: .errand(errand), endpoint: request.endpoint, sentAt: now))
    } catch {
      errand.answered(.failure(error), now: .current, using: &generator)
      enqueue(errand)
    }
  }

  func note(_ id: HTTPClient.ID, _ flight: Flight) {
    flights[id] = flight
    flying[flight.endpoint.claimClass, default: 0] += 1
    hasSubmitted = true
  }

  /// Puts an errand where its next request is waited for, or hands in what became of it.
  func enqueue(_ errand: Errand) {
    if case .done = errand.action {
      if let meter = errand.meter, case .meter(let metric) = errand.claim.orderingKey { meters[metric] = meter }
      setting.desk.report(errand.settlements)
    } else {
      queues[errand.endpoint, default: ErrandQueue()].append(errand)
    }
  }

  func hasRoom(_ endpoint: StripeEndpoint) -> Bool {
    let claimClass = endpoint.claimClass
    return flying[claimClass, default: 0] < limits[claimClass]?.current ?? 1
  }

  /// Whether a request that begins now is over before somebody else may claim the sequence.
  func hasTime(_ errand: Errand, now: ContinuousClock.Instant) -> Bool {
    now + setting.stripe.timeout + Self.leaseMargin < errand.claim.leaseEnds
  }

  private var hasWaiting: Bool { queues.values.contains { !$0.isEmpty } }

  private func accept() {
    for claim in setting.desk.takeClaims() {
      var meter: RemoteID?
      if case .meter(let metric) = claim.orderingKey { meter = meters[metric] }
      enqueue(Errand(claim, isStreaming: setting.isStreaming, meter: meter, now: .current))
    }
  }

  /// The process leaves: what is not under way goes back.
  private func giveUpWaiting() {
    let waiting = queues.values.flatMap { $0.all }
    queues = [:]
    for errand in waiting {
      errand.giveUp()
      enqueue(errand)
    }
  }

  // MARK: Answers

  private func receive() {
    var wait = Self.idleWait
    if hasWaiting, !setting.stop.isSet { wait = tokens.wait(for: queues.filter { !$0.value.isEmpty }.map(\.key)) }
    do {
      let completions = try client.poll(timeout: wait)
      if hasSubmitted {
        hasSubmitted = false
        setting.failpoints.pass(OutboxFailpoint.afterSend)
      }
      if !completions.isEmpty { setting.failpoints.pass(OutboxFailpoint.afterAnswer) }
      for completion in completions { take(completion) }
    } catch {
      setting.log.error("the HTTP client fails", ["failure": error])
      pause.wait(atMost: .seconds(1))
    }
  }

  private func take(_ completion: StripeClient.Completion) {
    guard let flight = flights.removeValue(forKey: completion.id) else { return }
    let now = ContinuousClock.now
    let claimClass = flight.endpoint.claimClass
    flying[claimClass, default: 0] -= 1
    setting.statistics.note(flight.endpoint, completion.result, flight.sentAt.duration(to: now))
    if case .retry(_, _, slowDown: true) = classify(flight.endpoint, completion.result) {
      limits[claimClass]?.noteComplaint(now: now)
    } else {
      limits[claimClass]?.noteAnswer()
    }
    switch flight.cargo {
    case .errand(let errand):
      errand.answered(completion.result, now: .current, using: &generator)
      enqueue(errand)
    case .stream(let parts): takeStream(parts, completion.result)
    case .session:
      session.note(completion.result, now: now)
      if session.token(now: now) == nil {
        setting.log.warning("Stripe gives no session for the meter event stream; its events wait")
      }
    }
  }
}

/// Errands that wait for a token, first come, first served.
struct ErrandQueue {
  private var errands: [Errand] = []
  private var head = 0

  var isEmpty: Bool { head == errands.count }
  var count: Int { errands.count - head }
  var first: Errand? { isEmpty ? nil : errands[head] }
  var all: [Errand] { Array(errands[head...]) }

  mutating func append(_ errand: Errand) { errands.append(errand) }

  mutating func removeFirst() -> Errand? {
    guard let first else { return nil }
    head += 1
    if head > 64, head * 2 > errands.count {
      errands.removeFirst(head)
      head = 0
    }
    return first
  }
}

extension Instant {
  /// Now, by the system's clock.
  static var current: Instant { Instant(microseconds: SystemClock.microseconds()) }
}
