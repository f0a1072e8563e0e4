import Billing
import Faults
import Invoicing
import Operations
import PostgreSQL

/// The process that does what is due by the clock. Any number of replicas may run: one leads, another takes over when it
/// is gone.
public final class Scheduler: Sendable {
  public struct Setting: Sendable {
    public let database: DatabaseConfiguration
    /// `METER_REPORT_INTERVAL`.
    public let interval: Duration
    /// `PERIOD_GRACE`.
    public let grace: Duration
    /// `OUTBOX_HISTORY_MONTHS`.
    public let historyMonths: Int
    /// Nil: months of the ledger stay where they are.
    public let retention: RetentionSetting?
    public let clock: @Sendable () -> Instant
    public let failpoints: Failpoints

    public init(
      database: DatabaseConfiguration, interval: Duration, grace: Duration, historyMonths: Int = 13,
      retention: RetentionSetting? = nil,
      clock: @escaping @Sendable () -> Instant = { Instant(microseconds: SystemClock.microseconds()) },
      failpoints: Failpoints = .none
    ) {
      self.database = database
      self.interval = interval
      self.grace = grace
      self.historyMonths = historyMonths
      self.retention = retention
      self.clock = clock
      self.failpoints = failpoints
    }
  }

  /// The longest that one step of the loop may take: a statement's time limit, twice; where months are archived, a
  /// statement over a whole one.
  private static func longestStep(_ setting: Setting) -> Duration {
    setting.retention == nil ? .seconds(120) : RetentionJob.timeout + .seconds(120)
  }

  public let statistics: SchedulerStatistics
  private let thread: WorkerThread
  private let stopSignal = StopSignal()
  private let log: Log

  /// Starts its thread, which connects by itself, however long that takes.
  ///
  /// - Parameters:
  ///   - metrics: told what is done.
  ///   - health: told whether the thread lives.
  public init(_ setting: Setting, log: Log, metrics: Metrics = Metrics(), health: Health = Health()) throws {
    self.log = log
    let statistics = SchedulerStatistics(metrics: metrics, clock: setting.clock)
    self.statistics = statistics
    let pulse = health.pulse("scheduler", limit: Self.longestStep(setting))
    let stop = stopSignal
    thread = try WorkerThread {
      var jobs: [any SchedulerJob] = [
        // First: what it records is to be reported.
        PatientRenewalJob(grace: setting.grace, statistics: statistics, failpoints: setting.failpoints),
        MeterReportJob(
          schedule: ReportSchedule(interval: setting.interval, grace: setting.grace), grace: setting.grace,
          statistics: statistics, failpoints: setting.failpoints),
        // After both: charges recorded for a period's start, and reports that can still reach a meter, come first.
        ChargeBillingJob(statistics: statistics, failpoints: setting.failpoints),
        PeriodCloseJob(grace: setting.grace, statistics: statistics, failpoints: setting.failpoints),
        InvoiceStatesJob(grace: setting.grace, statistics: statistics),
        HistoryJob(months: setting.historyMonths),
      ]
      if let retention = setting.retention {
        jobs.append(RetentionJob(setting: retention, database: setting.database, failpoints: setting.failpoints))
      }
      SchedulerLoop(setting, jobs: jobs, statistics: statistics, log: log, pulse: pulse, stop: stop).run()
    }
  }

  /// Lets the companies in hand be finished. What is left is the next leader's.
  ///
  /// - Returns: whether the thread left in time.
  public func stop(within deadline: Duration) -> Bool {
    let end = ContinuousClock.now + deadline
    let patience = Doorbell()
    stopSignal.set()
    while !thread.isFinished {
      guard .now < end else {
        log.error("the shutdown deadline has passed; the transaction in hand ends with the connection")
        return false
      }
      patience.wait(atMost: .milliseconds(2))
    }
    return true
  }
}
