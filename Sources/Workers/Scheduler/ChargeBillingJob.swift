import Billing
import Faults
import Invoicing
import Operations

/// Bills one-off charges that do not wait for their period's end.
struct ChargeBillingJob: SchedulerJob {
  let statistics: SchedulerStatistics
  let failpoints: Failpoints

  private static let interval: Int64 = 60 * Instant.microsecondsPerSecond

  var name: SchedulerRuns.Job { .chargeBilling }

  /// Every minute.
  func latestMoment(at now: Instant) -> Instant {
    Instant(microseconds: now.microseconds - now.microseconds % Self.interval)
  }

  func run(_ shift: SchedulerShift) throws(InvoicingError) {
    let pass = try ChargeBilling(shift.connection, failpoints: failpoints)
      .run(now: shift.now, shouldStop: { shift.stop.isSet })
    statistics.invoices.add(pass.invoices)
    for company in pass.tooLarge {
      shift.log.error("a company's charges are more than can be billed", ["company": company])
    }
    guard pass.invoices > 0 else { return }
    shift.log.info("charges billed", ["invoices": pass.invoices, "charges": pass.charges])
  }
}
