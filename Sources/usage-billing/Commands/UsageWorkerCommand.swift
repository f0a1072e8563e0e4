import AMQP
import Glibc
import JSON
import Operations
import Workers

/// `usage-worker`: counts usage until it is told to stop.
struct UsageWorkerCommand: Command {
  let words = ["usage-worker"]
  let summary = "Counts usage: consumes the usage queue, writes the ledger, publishes threshold messages."
  let usage = Usage(
    options: [
      .value("lanes", "N", "threads, each with a broker and a database connection (default: LANES)"),
      .value(
        "drain", "N", "leave when so many messages are settled, and print the rate as JSON; 0: only declare queues"),
    ],
    notes: """
      Everything else is set by the environment; see docs/operations.md. SIGTERM and SIGINT: finish the batch in hand, \
      acknowledge, leave.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let lanes = try arguments.number("lanes", 1...64)
    let target = try arguments.number("drain", 0...1_000_000_000)
    let wiring = try context.wiring([.database, .pseudonyms])
    if target == 0 { return try declare(wiring) }
    // Before any thread is made, so that all of them leave these signals to this one.
    let signals = StopSignals()
    let setting = try setting(wiring, lanes: lanes)
    // Before the worker: a port that cannot be had is told before anything is consumed.
    let monitor = try monitor(wiring, setting)
    let worker = try UsageWorker(
      setting, log: wiring.log, metrics: monitor?.metrics ?? Metrics(), health: monitor?.health ?? Health(),
      drainTarget: target)
    wiring.log.info("usage worker started", ["lanes": setting.lanes])
    wait(for: worker, signals, wiring.log)
    let isClean = worker.stop(within: wiring.configuration.shutdownDeadline)
    monitor?.stop()
    worker.statistics.report(to: wiring.log, "usage worker stopped")
    if target != nil, let duration = worker.statistics.drained {
      context.output.write(drained(worker.statistics.settled.current, duration))
    }
    return isClean ? .success : .failure
  }

  private func setting(_ wiring: Wiring, lanes: Int?) throws -> UsageWorker.Setting {
    let configuration = wiring.configuration
    return UsageWorker.Setting(
      broker: wiring.broker, database: try wiring.databaseConfiguration(), keyring: try wiring.requiredKeyring(),
      topology: wiring.topology, queue: Topology.usageQueue(named: configuration.usageQueue),
      lanes: lanes ?? configuration.lanes, batchSize: configuration.batchSize, batchDelay: configuration.batchDelay,
      prefetch: configuration.prefetch, maximumAge: configuration.maximumUsageAgeDays, failpoints: wiring.failpoints)
  }

  /// Nothing is served without `HTTP_PORT`.
  private func monitor(_ wiring: Wiring, _ setting: UsageWorker.Setting) throws -> WorkerMonitor? {
    guard let port = wiring.configuration.httpPort else { return nil }
    return try WorkerMonitor(
      WorkerMonitor.Setting(
        broker: setting.broker, database: setting.database, queue: setting.queue, lanes: setting.lanes,
        version: Release.version),
      port: UInt16(port))
  }

  private func declare(_ wiring: Wiring) throws -> ExitStatus {
    let connection = try ConsumerConnection(wiring.broker, name: "usage-billing topology", watchdog: try Watchdog())
    try wiring.topology.prepare(Topology.usageQueue(named: wiring.configuration.usageQueue), on: connection)
    try connection.close()
    return .success
  }

  /// Returns when a signal asks to stop, or the drain is complete. Says once a minute what was done since.
  private func wait(for worker: UsageWorker, _ signals: StopSignals, _ log: Log) {
    var reported = 0
    var nextReport = ContinuousClock.now + .seconds(60)
    while !signals.wait(atMost: .milliseconds(50)), worker.statistics.drained == nil {
      guard .now >= nextReport else { continue }
      nextReport = .now + .seconds(60)
      let settled = worker.statistics.settled.current
      if settled != reported { worker.statistics.report(to: log, "usage counted so far") }
      reported = settled
    }
  }

  private func drained(_ messages: Int, _ duration: Duration) -> String {
    let microseconds = duration / .microseconds(1)
    let rate = microseconds > 0 ? Double(messages) * 1_000_000 / microseconds : 0
    var json = JSONWriter(.compact)
    json.object {
      $0.field("messages", messages)
      $0.field("seconds", number: duration.logText)
      $0.field("rate", number: String(Int(rate)))
    }
    return json.text + "\n"
  }
}

extension Statistics {
  func report(to log: Log, _ message: LogMessage) {
    log.info(
      message,
      [
        "settled": settled.current, "counted": counted.current, "duplicates": duplicates.current,
        "conflicts": conflicts.current, "voided": voided.current, "deadLetters": deadLetters.current,
        "oversized": oversized.current, "batches": batches.current, "thresholdMessages": thresholdMessages.current,
        "brokerFailures": brokerFailures.current, "databaseFailures": databaseFailures.current,
      ])
  }
}
