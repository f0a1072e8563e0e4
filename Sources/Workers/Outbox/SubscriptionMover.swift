import Audit
import Billing
import Ledger
import Operations
import Outbox
import PostgreSQL
import Stripe

/// Gives subscriptions the prices of the billing period that has begun, where they differ from those of the one before:
/// because a version of a rate, a company's own rate or another plan holds from it on.
///
/// It waits until Stripe is done with the period before. Until a subscription has its new prices, nothing is reported for
/// the new period: Stripe bills a price by what is dated after it came to the subscription, and drops what was told before.
final class SubscriptionMover {
  private let setting: OutboxWorker.Setting
  private let log: Log
  private let pulse: Health.Pulse
  private let stop: StopSignal
  private let bell: Doorbell
  private let statistics: OutboxStatistics
  private let calls: StripeCalls
  private var connection: Connection?
  /// The last company of the portion before; one that fails does not keep the others from their turns.
  private var cursor: CompanyID?

  private static let interval = Duration.seconds(30)
  private static let portion = 100
  /// So many failures in a row are Stripe's, or the network's, and not a company's.
  private static let tolerated = 3

  init(
    _ setting: OutboxWorker.Setting, log: Log, statistics: OutboxStatistics, pulse: Health.Pulse, stop: StopSignal
  ) throws(StripeTransportFailure) {
    self.setting = setting
    self.log = log
    self.statistics = statistics
    self.pulse = pulse
    self.stop = stop
    bell = stop.makeBell()
    calls = try StripeCalls(setting, log: log, pulse: pulse, stop: stop, bell: bell)
  }

  /// Works until the stop signal.
  func run() {
    StripeRounds(pulse: pulse, stop: stop, bell: bell).run { () throws in
      try move() ? .zero : Self.interval
    } noteFailure: { error in
      connection = nil
      statistics.moveFailures.add(1)
      log.warning("subscriptions do not get their new prices; it is tried again", ["error": MoverFailure(error)])
    }
  }

  /// One portion.
  ///
  /// - Returns: whether there is more to do at once.
  private func move() throws -> Bool {
    let connection = try opened()
    let now = Instant.current
    let due = try PricedSubscriptions(connection).due(after: cursor, limit: Self.portion, now: now)
    cursor = due.count == Self.portion ? due.last?.company : nil
    guard !due.isEmpty else { return false }
    let plans = try plans(due, on: connection, now: now)
    var setups: [StripeCatalog: StripeSetup.Report] = [:]
    var failures = 0
    for subscription in due where !stop.isSet {
      guard let plan = plans[subscription.company] else { continue }
      do throws(StripeSetupError) {
        if plan.catalog.digest != subscription.prices {
          let setup = if let known = setups[plan.catalog] { known } else { try calls.setup(plan.catalog) }
          setups[plan.catalog] = setup
        }
      } catch {
        failures += 1
        note(error, subscription.company)
        if failures >= Self.tolerated { return false }
        continue
      }
      if try move(subscription, to: plan, setups[plan.catalog], on: connection) {
        failures = 0
      } else {
        failures += 1
        if failures >= Self.tolerated { return false }
      }
    }
    return cursor != nil
  }

  /// - Parameter setup: `nil` where the prices are the same as before, so that Stripe need not be asked.
  /// - Returns: whether it is done.
  private func move(
    _ due: PricedSubscriptions.Due, to plan: SubscriptionPlan, _ setup: StripeSetup.Report?, on connection: Connection
  ) throws -> Bool {
    guard let setup, plan.catalog.digest != due.prices else {
      try PricedSubscriptions(connection).note(
        due.company, subscription: due.subscription, prices: due.prices, periodStart: due.periodStart)
      return true
    }
    guard let id = RemoteID(due.subscription) else { return true }
    let audit = AuditLog(connection)
    try audit.record(AuditAct(.companySubscribed, company: due.company, stage: .begun), by: Self.person)
    let report: StripeSubscriber.Report
    do throws(StripeSetupError) {
      report = try calls.subscriber.move(id, to: plan, setup: setup)
    } catch {
      note(error, due.company)
      return false
    }
    let changed = Instant.current
    try connection.withTransaction { _ in
      try SubscriptionMeters(connection).store(
        SubscriptionMeters.Unchecked(company: due.company, subscription: id), prices: report.prices, changedAt: changed)
      try PricedSubscriptions(connection).note(
        due.company, subscription: due.subscription, prices: plan.catalog.digest, periodStart: due.periodStart)
      let ended = AuditAct(.companySubscribed, company: due.company, stage: .ended) {
        $0.set("change", report.change == .changed ? "changed" : "unchanged" as StaticString)
        $0.set("items", report.subscription.items.count)
      }
      _ = try audit.append(ended, by: Self.person)
    }
    statistics.moved.add(1)
    log.info("a subscription has the prices of the period", ["company": due.company, "period": due.periodStart])
    return true
  }

  private func note(_ error: StripeSetupError, _ company: CompanyID) {
    statistics.moveFailures.add(1)
    log.error("a subscription does not get the prices of the period", ["company": company, "error": error])
  }

  private static let person: Person = "outbox-worker"

  private func plans(
    _ due: [PricedSubscriptions.Due], on connection: Connection, now: Instant
  ) throws -> [CompanyID: SubscriptionPlan] {
    let priced = try connection.withTransaction { _ in
      try PricedPeriods.lockRegistry(connection)
      return try PricedPeriods(of: due.map(\.company), on: connection)
    }
    var plans: [CompanyID: SubscriptionPlan] = [:]
    for company in due {
      guard let terms = priced.terms(of: company.company, periodStart: company.periodStart) else { continue }
      do throws(StripeCatalog.Inexpressible) {
        let catalog = try StripeCatalog(
          of: terms.plan, in: terms.period, overrides: terms.overrides, today: now.date)
        plans[company.company] = SubscriptionPlan(
          company: company.company, period: terms.period, anchorDay: terms.anchor, catalog: catalog)
      } catch {
        statistics.moveFailures.add(1)
        log.error("a plan has no prices at Stripe", ["company": company.company])
      }
    }
    return plans
  }

  private func opened() throws(OutboxError) -> Connection {
    if let connection, connection.isOpen { return connection }
    let opened = try outboxConnection(setting.database, name: "usage-billing subscription prices")
    connection = opened
    return opened
  }
}

/// What of a failure may be logged.
private struct MoverFailure: Loggable {
  let logText: String

  init(_ error: any Error) {
    logText =
      switch error {
      case let error as LedgerError: error.logText
      case let error as OutboxError: error.logText
      case AuditError.database(let error): "database: \(error.logText)"
      case TransactionError<any Error>.bodyFailed(let error, _): MoverFailure(error).logText
      case let error as TransactionError<any Error>: error.databaseError?.logText ?? "the transaction failed"
      default: "something unexpected"
      }
  }
}

extension StripeSetupError: Loggable {
  public var logText: String { description }
}
