import Billing
import Faults
import Invoicing
import Operations

/// Tells the outbox what totals have grown by.
struct MeterReportJob: SchedulerJob {
  let schedule: ReportSchedule
  let grace: Duration
  let statistics: SchedulerStatistics
  let failpoints: Failpoints

  var name: SchedulerRuns.Job { .meterReports }

  func latestMoment(at now: Instant) -> Instant { schedule.latest(at: now) }

  func run(_ shift: SchedulerShift) throws(InvoicingError) {
    let start = ContinuousClock.now
    let reporting = MeterReporting(shift.connection, grace: grace, failpoints: failpoints)
    let pass = try reporting.run(
      now: shift.now, shouldStop: { shift.stop.isSet }, progress: { _ in shift.pulse.beat() })
    let duration = start.duration(to: .now)
    statistics.note(pass, took: duration)
    shift.log.info(
      "usage reported",
      [
        "companies": pass.companies, "reports": pass.reports, "items": pass.items, "converted": pass.converted,
        "waiting": pass.waiting, "seconds": duration,
      ])
    for problem in pass.problems {
      shift.log.error(
        "a total cannot be reported",
        ["company": problem.company, "metric": problem.metric, "reason": problem.reason])
    }
  }
}
