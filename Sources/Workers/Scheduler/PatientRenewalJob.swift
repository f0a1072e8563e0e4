import Billing
import Faults
import Invoicing
import Ledger
import Operations

/// Charges patients who are still active for the billing periods that have begun.
struct PatientRenewalJob: SchedulerJob {
  /// `PERIOD_GRACE`: a period is renewed once it has passed since the end of the one before.
  let grace: Duration
  let statistics: SchedulerStatistics
  let failpoints: Failpoints

  var name: SchedulerRuns.Job { .patientRenewal }

  /// Every hour: the grace after midnight, when periods begin, and later for companies whose first patient was heard of
  /// since.
  func latestMoment(at now: Instant) -> Instant { HourlySchedule.latest(at: now, after: grace) }

  func run(_ shift: SchedulerShift) throws(InvoicingError) {
    let report: PatientRenewal.Report
    do {
      report = try PatientRenewal(connection: shift.connection, grace: grace, failpoints: failpoints)
        .run(asOf: shift.now, shouldStop: { shift.stop.isSet }, progress: { _ in shift.pulse.beat() })
    } catch {
      throw .ledger(error)
    }
    statistics.renewed.add(report.charged)
    guard report != PatientRenewal.Report() else { return }
    shift.log.info("patients renewed", ["companies": report.companies, "charged": report.charged])
  }
}
