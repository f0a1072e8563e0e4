import Billing
import Invoicing
import Operations

/// Turns drafts that are final at Stripe into open invoices.
struct InvoiceStatesJob: SchedulerJob {
  /// `PERIOD_GRACE`.
  let grace: Duration
  let statistics: SchedulerStatistics

  var name: SchedulerRuns.Job { .invoiceStates }

  /// Every five minutes.
  func latestMoment(at now: Instant) -> Instant {
    let passed = now.microseconds / Instant.microsecondsPerSecond
    return Instant(microseconds: 0).adding(seconds: passed - passed % 300)
  }

  func run(_ shift: SchedulerShift) throws(InvoicingError) {
    let opened = try InvoiceStates(shift.connection, grace: grace)
      .run(now: shift.now, shouldStop: { shift.stop.isSet })
    statistics.opened.add(opened)
    if opened > 0 { shift.log.info("invoices became open", ["invoices": opened]) }
  }
}
