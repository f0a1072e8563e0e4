import Faults
import Operations
import Outbox
import PostgreSQL
import Stripe

/// The process that tells Stripe: a clerk who claims and settles, and a sender. Any number of replicas may run.
public final class OutboxWorker: Sendable {
  public struct Setting: Sendable {
    public let database: DatabaseConfiguration
    public let stripe: StripeConfiguration
    public let requirements: SendRequirements
    public let rates: StripeRates
    /// How long a claim is this worker's alone; longer than `stripe.timeout`.
    public let lease: Duration
    /// Whether meter events go by the v2 stream.
    public let isStreaming: Bool
    /// Requests under way at once: of meter events, and of others.
    public let concurrency: Int
    /// How often Stripe is asked for what it rejected later.
    public let rejectionInterval: Duration
    /// Of the program, for the `User-Agent`.
    public let release: StaticString
    public let failpoints: Failpoints

    public init(
      database: DatabaseConfiguration, stripe: StripeConfiguration, requirements: SendRequirements = SendRequirements(),
      rates: StripeRates = StripeRates(), lease: Duration, isStreaming: Bool = false, concurrency: Int = 50,
      rejectionInterval: Duration = .seconds(60), release: StaticString, failpoints: Failpoints = .none
    ) {
      self.database = database
      self.stripe = stripe
      self.requirements = requirements
      self.rates = rates
      self.lease = lease
      self.isStreaming = isStreaming
      self.concurrency = concurrency
      self.rejectionInterval = rejectionInterval
      self.release = release
      self.failpoints = failpoints
    }
  }

  public let statistics: OutboxStatistics
  private let threads: [WorkerThread]
  private let stop = StopSignal()
  private let log: Log

  /// Starts all threads; they connect by themselves, however long that takes.
  public init(
    _ setting: Setting, log: Log, metrics: Metrics = Metrics(), health: Health = Health()
  ) throws {
    self.log = log
    let statistics = OutboxStatistics(metrics: metrics)
    self.statistics = statistics
    let stop = stop
    let bell = stop.makeBell()
    let desk = OutboxDesk(clerkBell: bell)
    let pulses = (
      clerk: health.pulse("outbox clerk", limit: .seconds(120)),
      sender: health.pulse("Stripe sender", limit: .seconds(60)),
      subscriptions: health.pulse("subscription look-up", limit: .seconds(300)),
      prices: health.pulse("subscription prices", limit: .seconds(300)),
      rejections: health.pulse("later rejections", limit: .seconds(300))
    )
    let clerk = OutboxClerk.Setting(
      database: setting.database, requirements: setting.requirements, lease: setting.lease,
      wanted: setting.wanted, entriesPerMeter: setting.isStreaming ? Setting.entriesPerMeter : 1, log: log,
      statistics: statistics, failpoints: setting.failpoints, pulse: pulses.clerk, stop: stop, desk: desk, bell: bell)
    let sender = StripeSender.Setting(
      stripe: setting.stripe, release: setting.release, isStreaming: setting.isStreaming,
      concurrency: setting.concurrency, log: log, statistics: statistics, failpoints: setting.failpoints,
      pulse: pulses.sender, stop: stop, desk: desk)
    threads = [
      try WorkerThread { OutboxClerk(clerk).run() },
      try WorkerThread {
        do throws(StripeTransportFailure) {
          try StripeSender(sender, tokens: SendTokens(setting.database, setting.rates, log: log)).run()
        } catch {
          log.error("the sender could not start", ["failure": error])
          desk.closeSender()
        }
      },
      try WorkerThread {
        do throws(StripeTransportFailure) {
          try SubscriptionLookUp(setting, log: log, pulse: pulses.subscriptions, stop: stop).run()
        } catch {
          log.error("subscriptions are not looked at", ["failure": error])
        }
      },
      try WorkerThread {
        do throws(StripeTransportFailure) {
          try SubscriptionMover(setting, log: log, statistics: statistics, pulse: pulses.prices, stop: stop).run()
        } catch {
          log.error("subscriptions do not get new prices", ["failure": error])
        }
      },
      try WorkerThread {
        do throws(StripeTransportFailure) {
          try RejectionReader(setting, log: log, statistics: statistics, pulse: pulses.rejections, stop: stop).run()
        } catch {
          log.error("what Stripe rejects later is not looked at", ["failure": error])
        }
      },
    ]
  }

  /// Stops in order: nothing more is claimed, requests under way come to their end, and what became of them is settled.
  /// What is cut at the deadline is claimed again when its lease ends.
  ///
  /// - Returns: whether all left in time.
  public func stop(within deadline: Duration) -> Bool {
    let end = ContinuousClock.now + deadline
    let patience = Doorbell()
    stop.set()
    while !threads.allSatisfy(\.isFinished) {
      guard .now < end else {
        log.error("the shutdown deadline has passed; what is in hand is sent again under its keys")
        return false
      }
      patience.wait(atMost: .milliseconds(2))
    }
    return true
  }
}

extension OutboxWorker.Setting {
  /// Events of one company and meter in one request of the stream.
  static let entriesPerMeter = 20

  /// Entries at hand: about half a second's work.
  fileprivate var wanted: [ClaimClass: Int] {
    let meters = isStreaming ? rates.meterEventStream : rates.meterEvents
    return [.meters: min(max(meters / 2, 20), 5000), .others: min(max(rates.all / 2, 10), 500)]
  }
}
