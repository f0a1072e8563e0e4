import Billing
import Faults
import Invoicing
import Operations

/// Closes billing periods whose grace is over, and makes their invoices.
struct PeriodCloseJob: SchedulerJob {
  /// `PERIOD_GRACE`.
  let grace: Duration
  let statistics: SchedulerStatistics
  let failpoints: Failpoints

  var name: SchedulerRuns.Job { .periodClose }

  /// Every hour: the grace after midnight, when periods end, and later for companies registered since, and for periods
  /// that waited.
  func latestMoment(at now: Instant) -> Instant { HourlySchedule.latest(at: now, after: grace) }

  func run(_ shift: SchedulerShift) throws(InvoicingError) {
    let start = ContinuousClock.now
    let close = PeriodClose(shift.connection, grace: grace, failpoints: failpoints)
    let pass = try close.run(
      now: shift.now, shouldStop: { shift.stop.isSet }, progress: { _ in shift.pulse.beat() })
    statistics.note(pass)
    for problem in pass.problems {
      shift.log.error(
        "a billing period cannot be billed as it is",
        ["company": problem.company, "period": problem.periodStart, "reason": problem.reason])
    }
    guard pass.periods > 0 || pass.waiting > 0 else { return }
    shift.log.info(
      "billing periods closed",
      [
        "periods": pass.periods, "invoices": pass.invoices, "lines": pass.lines, "waiting": pass.waiting,
        "seconds": start.duration(to: .now),
      ])
  }
}

extension PeriodCloseSummary.Reason: MetricLabelValue {
  public var labelText: String { rawValue }
}

extension PeriodCloseSummary.Reason: Loggable {
  public var logText: String { rawValue }
}
