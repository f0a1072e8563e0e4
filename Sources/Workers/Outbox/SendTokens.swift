import Operations
import Outbox
import PostgreSQL
import Stripe

/// Permissions to send, taken from the buckets that all replicas share. It belongs to one thread, with a connection of its
/// own: a lease of tokens is a round trip and no wait for the disk.
struct SendTokens {
  private let database: DatabaseConfiguration
  private let rates: StripeRates
  private let log: Log
  private var schedules: [StripeEndpoint: TokenSchedule] = [:]
  private var connection: Connection?
  private var backoff = Backoff(greatest: .seconds(5))
  private var silentUntil: ContinuousClock.Instant?
  private var random = SystemRandomNumberGenerator()

  /// Requests of the stream are filled with the events of so much time, rather than sent half empty.
  private static let fillingShare = 100
  private static let patience = Duration.seconds(2)
  private static let longestWait = Duration.milliseconds(50)

  init(_ database: DatabaseConfiguration, _ rates: StripeRates, log: Log) {
    var database = database
    database.applicationName = "usage-billing rates"
    database.connectTimeout = Self.patience
    self.database = database
    self.rates = rates
    self.log = log
  }

  /// Takes the tokens that are lacking for so many requests (events, for the stream) to each endpoint. Without the database
  /// there are none, and nothing is sent.
  mutating func prepare(_ demand: [StripeEndpoint: Int], now: ContinuousClock.Instant) {
    guard silentUntil.map({ $0 <= now }) ?? true else { return }
    for (endpoint, count) in demand {
      guard let request = schedule(endpoint).request(count, at: now) else { continue }
      do {
        let lease = try RateBuckets(opened()).take(request)
        schedules[endpoint]?.add(lease)
        backoff.reset()
        silentUntil = nil
      } catch {
        connection = nil
        if silentUntil == nil { log.warning("no tokens: nothing is sent until the database answers", ["error": error]) }
        silentUntil = .now + backoff.next(using: &random)
        return
      }
    }
  }

  /// Uses so many tokens, if they are there.
  mutating func take(_ endpoint: StripeEndpoint, _ count: Int, now: ContinuousClock.Instant) -> Bool {
    var schedule = schedule(endpoint)
    guard count == 1 || schedule.ready(at: now) >= count else { return false }
    var isGranted = true
    for _ in 0..<count where schedule.ask(at: now) != .send { isGranted = false }
    schedules[endpoint] = schedule
    return isGranted
  }

  /// How many requests, or events, may be sent now.
  mutating func available(_ endpoint: StripeEndpoint, now: ContinuousClock.Instant) -> Int {
    schedule(endpoint).ready(at: now)
  }

  /// How many events a request of the stream should have at least when so many wait.
  func worthwhile(_ endpoint: StripeEndpoint, waiting: Int) -> Int {
    let most = min(StripeRequest.maximumStreamEvents, rates.meterEventStream / Self.fillingShare)
    return max(1, min(waiting, most))
  }

  /// How long to wait until something can be sent to one of the endpoints, at most 50 milliseconds.
  mutating func wait(for endpoints: [StripeEndpoint]) -> Duration {
    let now = ContinuousClock.now
    var wait = Self.longestWait
    for endpoint in endpoints {
      var schedule = schedule(endpoint)
      switch schedule.ask(at: now) {
      // Not kept: asking on a copy uses nothing.
      case .send: return .milliseconds(1)
      case .wait(let instant): wait = min(wait, max(now.duration(to: instant), .milliseconds(1)))
      case .lease: wait = min(wait, silentUntil == nil ? .milliseconds(1) : Self.longestWait)
      }
    }
    return wait
  }

  /// Waits for one token, and uses it. For a thread that has nothing else to do.
  ///
  /// - Returns: `false` when the process is to stop.
  mutating func waitAndTake(_ endpoint: StripeEndpoint, stop: StopSignal, bell: Doorbell) -> Bool {
    while !stop.isSet {
      let now = ContinuousClock.now
      prepare([endpoint: 1], now: now)
      if take(endpoint, 1, now: .now) { return true }
      bell.wait(atMost: wait(for: [endpoint]))
    }
    return false
  }

  private mutating func schedule(_ endpoint: StripeEndpoint) -> TokenSchedule {
    if let schedule = schedules[endpoint] { return schedule }
    let schedule = TokenSchedule(rates.limits(of: endpoint))
    schedules[endpoint] = schedule
    return schedule
  }

  private mutating func opened() throws(OutboxError) -> Connection {
    if let connection, connection.isOpen { return connection }
    do throws(PostgreSQLError) {
      let opened = try Connection(database)
      opened.queryTimeout = Self.patience
      connection = opened
      return opened
    } catch {
      throw .database(error)
    }
  }
}
