import Operations
import Workers

/// Doing what is due by the clock.
struct SchedulerRole: Role {
  private let setting: Scheduler.Setting

  init(_ wiring: Wiring) throws {
    let configuration = wiring.configuration
    setting = Scheduler.Setting(
      database: try wiring.databaseConfiguration(), interval: configuration.meterReportInterval,
      grace: configuration.periodGrace, historyMonths: configuration.outboxHistoryMonths,
      retention: Self.retention(wiring),
      failpoints: wiring.failpoints)
  }

  private static func retention(_ wiring: Wiring) -> RetentionSetting? {
    let configuration = wiring.configuration
    guard let months = configuration.retentionMonths, let folder = configuration.archiveFolder else { return nil }
    return RetentionSetting(
      months: months, folder: folder, maximumAge: configuration.maximumUsageAgeDays, by: Operator.scheduler)
  }

  /// It shows by itself what it does; all that it needs is the database.
  var part: MonitoredPart? { nil }

  func start(log: Log, metrics: Metrics, health: Health) throws -> any RunningRole {
    let scheduler = try Scheduler(setting, log: log, metrics: metrics, health: health)
    log.info("scheduler started", ["reportInterval": setting.interval])
    return Running(scheduler)
  }

  private final class Running: RunningRole {
    private let scheduler: Scheduler

    init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    /// Each pass has its own line.
    func report(to log: Log, isLast: Bool) {
      guard isLast else { return }
      let statistics = scheduler.statistics
      log.info(
        "scheduler stopped",
        [
          "runs": statistics.runs.current, "reports": statistics.reports.current, "items": statistics.items.current,
          "converted": statistics.converted.current, "patientsRenewed": statistics.renewed.current,
          "periodsClosed": statistics.closed.current, "invoices": statistics.invoices.current,
          "failures": statistics.failures.current,
        ])
    }

    func stop(within deadline: Duration) -> Bool { scheduler.stop(within: deadline) }
  }
}
