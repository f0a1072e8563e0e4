import Operations
import Outbox
import Workers

/// Telling Stripe.
struct OutboxRole: Role {
  private let setting: OutboxWorker.Setting

  init(_ wiring: Wiring) throws {
    let configuration = wiring.configuration
    setting = OutboxWorker.Setting(
      database: try wiring.databaseConfiguration(), stripe: try wiring.stripeConfiguration(),
      requirements: SendRequirements(
        requireSubscription: configuration.stripeRequireSubscription,
        createCustomers: configuration.stripeCreateCustomers),
      rates: wiring.stripeRates, lease: configuration.outboxLease, isStreaming: configuration.stripeMeterStream,
      concurrency: configuration.stripeConcurrency, rejectionInterval: configuration.stripeRejectionInterval,
      release: Release.version, failpoints: wiring.failpoints)
  }

  var part: MonitoredPart? { .outbox }

  func start(log: Log, metrics: Metrics, health: Health) throws -> any RunningRole {
    let worker = try OutboxWorker(setting, log: log, metrics: metrics, health: health)
    log.info("outbox worker started", ["stream": setting.isStreaming])
    return Running(worker)
  }

  private final class Running: RunningRole {
    private let worker: OutboxWorker
    private let news = News()

    init(_ worker: OutboxWorker) { self.worker = worker }

    func report(to log: Log, isLast: Bool) {
      let statistics = worker.statistics
      guard isLast || news.isNew(statistics.claimed.current) else { return }
      log.info(
        isLast ? "outbox worker stopped" : "told Stripe so far",
        [
          "claimed": statistics.claimed.current, "delivered": statistics.delivered.current,
          "retried": statistics.retried.current, "lostLeases": statistics.lostLeases.current,
          "databaseFailures": statistics.failures.current,
        ])
    }

    func stop(within deadline: Duration) -> Bool { worker.stop(within: deadline) }
  }
}
