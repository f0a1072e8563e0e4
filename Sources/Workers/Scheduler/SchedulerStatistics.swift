import Billing
import Invoicing
import Operations
import Synchronization

/// What a scheduler has done since it started; read by its log, and by Prometheus.
public final class SchedulerStatistics: Sendable {
  public let runs: Counter
  public let reports: Counter
  public let items: Counter
  public let converted: Counter
  public let renewed: Counter
  public let closed: Counter
  public let invoices: Counter
  public let opened: Counter
  public let failures: Counter
  let durations: Histogram
  private let leads = Atomic(false)
  private let lastPass: Mutex<MeterReportSummary?> = Mutex(nil)
  private let lastClose: Mutex<PeriodCloseSummary?> = Mutex(nil)
  private let lastRuns: Mutex<[SchedulerRuns.Job: Instant]> = Mutex([:])

  /// - Parameter metrics: where all of it is shown.
  public init(metrics: Metrics, clock: @escaping @Sendable () -> Instant) {
    runs = metrics.counter("usage_billing_meter_report_runs_total", "Complete passes over all companies.")
    reports = metrics.counter("usage_billing_meter_reports_total", "Meter events written to the outbox.")
    items = metrics.counter(
      "usage_billing_meter_report_items_total", "Invoice items written for usage that no meter takes any more.")
    converted = metrics.counter(
      "usage_billing_meter_reports_converted_total", "Meter events that were turned into invoice items.")
    renewed = metrics.counter(
      "usage_billing_patients_renewed_total", "Records made for patients who were active when a period began.")
    closed = metrics.counter("usage_billing_periods_closed_total", "Billing periods closed.")
    invoices = metrics.counter("usage_billing_invoices_total", "Invoices made.")
    opened = metrics.counter(
      "usage_billing_invoices_opened_total", "Drafts of ours that became open invoices.")
    failures = metrics.counter(
      "usage_billing_scheduler_failures_total", "Jobs that failed, and times that the database was not there.")
    durations = metrics.histogram(
      "usage_billing_meter_report_run_duration_seconds", "Time that a pass took.",
      bounds: [10, 50, 100, 500, 1000, 5000, 10_000, 60_000, 300_000].map { .milliseconds($0) })
    metrics.sampled(.gauge, "usage_billing_scheduler_leader", "1 for the replica that leads, else 0.") {
      .count(self.isLeader ? 1 : 0)
    }
    metrics.sampled(
      .gauge, "usage_billing_meter_reports_waiting",
      "Totals of ended periods of which the last pass left a part; known to the leader."
    ) { self.lastPass.withLock { $0.map { .count($0.waiting) } } }
    for job in SchedulerRuns.Job.allCases {
      metrics.sampled(
        .gauge, "usage_billing_scheduler_job_age_seconds",
        "Time since a job was last done to its end, by whichever replica.", MetricLabel("task", job)
      ) {
        let last = self.lastRuns.withLock { $0[job] }
        return last.map { .seconds(.microseconds(max(0, clock().microseconds - $0.microseconds))) }
      }
    }
    metrics.sampled(
      .gauge, "usage_billing_period_close_waiting",
      "Ended periods that the last pass left open until their patients are renewed; known to the leader."
    ) { self.lastClose.withLock { $0.map { .count($0.waiting) } } }
    for reason in PeriodCloseSummary.Reason.allCases {
      metrics.sampled(
        .gauge, "usage_billing_period_close_problems",
        "Periods and totals that the last pass could not bill, by reason; known to the leader.",
        MetricLabel("reason", reason)
      ) { self.lastClose.withLock { $0.map { pass in .count(pass.problems.count { $0.reason == reason }) } } }
    }
    for reason in MeterReportSummary.Reason.allCases {
      metrics.sampled(
        .gauge, "usage_billing_meter_report_problems",
        "Totals that the last pass could not report, by reason; known to the leader.", MetricLabel("reason", reason)
      ) { self.lastPass.withLock { $0.map { pass in .count(pass.problems.count { $0.reason == reason }) } } }
    }
  }

  public var isLeader: Bool { leads.load(ordering: .relaxed) }

  func note(leads: Bool) {
    self.leads.store(leads, ordering: .relaxed)
    // What another leader finds is not known here.
    if !leads {
      lastPass.withLock { $0 = nil }
      lastClose.withLock { $0 = nil }
    }
  }

  func note(_ last: [SchedulerRuns.Job: Instant]) { lastRuns.withLock { $0 = last } }

  func note(_ pass: PeriodCloseSummary) {
    closed.add(pass.periods)
    invoices.add(pass.invoices)
    lastClose.withLock { $0 = pass }
  }

  func note(_ pass: MeterReportSummary, took duration: Duration) {
    runs.add(1)
    reports.add(pass.reports)
    items.add(pass.items)
    converted.add(pass.converted)
    durations.observe(duration)
    lastPass.withLock { $0 = pass }
  }
}

extension SchedulerRuns.Job: MetricLabelValue, Loggable {
  public var labelText: String { rawValue }
  public var logText: String { rawValue }
}

extension MeterReportSummary.Reason: MetricLabelValue {
  public var labelText: String { rawValue }
}

extension MeterReportSummary.Reason: Loggable {
  public var logText: String { rawValue }
}

extension InvoicingError: Loggable {
  public var logText: String { databaseError.map { "database: \($0.logText)" } ?? description }
}
