import Billing
import Ledger
import Operations
import Outbox
import PostgreSQL
import Stripe

/// Looks at the subscriptions that sequences of meter events wait for: whether they have the meters' prices. An event for a
/// meter without a price would be taken by Stripe, and never billed.
final class SubscriptionLookUp {
  private let setting: OutboxWorker.Setting
  private let log: Log
  private let pulse: Health.Pulse
  private let stop: StopSignal
  private let bell: Doorbell
  private let client: StripeClient
  private var connection: Connection?
  private var tokens: SendTokens
  private var directory: MeterDirectory?
  private var nextFullLook = ContinuousClock.now
  /// Where the next portion begins, and whether this round asks for subscriptions without a price, too.
  private var cursor: CompanyID?
  private var isFull = false

  private static let interval = Duration.seconds(1)
  /// A subscription that lacked a price is looked at again, in case somebody has added it.
  private static let fullInterval = Duration.seconds(600)
  private static let portion = 100

  init(
    _ setting: OutboxWorker.Setting, log: Log, pulse: Health.Pulse, stop: StopSignal
  ) throws(StripeTransportFailure) {
    self.setting = setting
    self.log = log
    self.pulse = pulse
    self.stop = stop
    bell = stop.makeBell()
    client = try StripeClient(setting.stripe, release: setting.release, maximumConnections: 1)
    tokens = SendTokens(setting.database, setting.rates, log: log)
  }

  /// Works until the stop signal.
  func run() {
    StripeRounds(pulse: pulse, stop: stop, bell: bell).run { () throws(OutboxError) in
      try look()
      return Self.interval
    } noteFailure: { error in
      connection = nil
      log.warning("subscriptions cannot be looked at; meter events wait for it", ["error": error])
    }
  }

  private func look() throws(OutboxError) {
    let connection = try opened()
    if cursor == nil {
      isFull = nextFullLook <= .now
      if isFull { nextFullLook = .now + Self.fullInterval }
    }
    let waiting = try SubscriptionMeters(connection).unchecked(
      limit: Self.portion, after: cursor, andWithoutPrice: isFull)
    // A portion that Stripe does not tell of must not stand in the way of the others.
    cursor = waiting.count == Self.portion ? waiting.last?.company : nil
    // Meters may have been made since they were listed.
    directory = nil
    for subscription in waiting {
      guard let prices = prices(of: subscription) else { continue }
      try outboxTransaction(connection) { () throws(OutboxError) in
        try SubscriptionMeters(connection).store(subscription, prices: prices)
      }
    }
  }

  /// `nil` when Stripe did not tell, or the process leaves.
  private func prices(of waiting: SubscriptionMeters.Unchecked) -> [SubscriptionMeters.Price]? {
    guard let directory = listed() else { return nil }
    self.directory = directory
    guard let answer = ask(.subscription(waiting.subscription)) else { return nil }
    if answer.status == 404 {
      // Typed wrongly, or of another account: it has no price of anything, and is looked at again as rarely as such.
      log.warning("Stripe does not know a company's subscription", ["company": waiting.company])
      return []
    }
    guard let subscription = StripeSubscription(answer) else {
      log.warning("a subscription cannot be looked at", ["company": waiting.company, "status": answer.status])
      return nil
    }
    return directory.prices(of: subscription).map { SubscriptionMeters.Price(metric: $0.metric, price: $0.price) }
  }

  private func listed() -> MeterDirectory? {
    if let directory { return directory }
    var directory = MeterDirectory()
    var request: StripeRequest? = .meters(after: nil)
    while let page = request {
      guard let answer = ask(page) else { return nil }
      let learned = directory.learn(answer)
      guard learned.isRead else { return nil }
      request = learned.next
    }
    return directory
  }

  private func ask(_ request: StripeRequest) -> StripeAnswer? {
    guard tokens.waitAndTake(request.endpoint, stop: stop, bell: bell) else { return nil }
    pulse.beat()
    switch client.perform(request) {
    case .success(let answer): return answer
    case .failure(let failure):
      log.warning("Stripe does not tell of subscriptions; meter events wait for it", ["failure": failure])
      bell.wait(atMost: Self.interval)
      return nil
    }
  }

  private func opened() throws(OutboxError) -> Connection {
    if let connection, connection.isOpen { return connection }
    let opened = try outboxConnection(setting.database, name: "usage-billing subscriptions")
    connection = opened
    return opened
  }
}
