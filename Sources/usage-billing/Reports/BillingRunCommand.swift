import Audit
import Billing
import Invoicing
import JSON
import Ledger
import PostgreSQL

/// `billing-run`: one pass of what the scheduler does for billing, by hand or by cron.
struct BillingRunCommand: Command {
  let words = ["billing-run"]
  let summary =
    "Renews patients, reports usage, bills charges and closes periods once, as the scheduler does by itself."
  let usage = Usage(
    options: [
      .value("as-of", "YYYY-MM-DD", "only periods that end on this day or before, today at the latest"), .json,
    ],
    notes: """
      Patients who are active when a period begins are charged for it, once the grace time of the one before is over. Then,
      what totals have grown by since the last report becomes meter events; what no meter takes any more becomes invoice
      items. Both are written to the outbox, which outbox-worker sends. Run again, or next to a scheduler, it reports
      nothing twice. Whether usage still reaches its meter is decided by the clock, whatever --as-of says: as of the first
      of a month it sees to all periods before it and leaves the new ones alone.
      Then charges that do not wait for their period's end are billed, and each period that ended by --as-of and whose
      grace is over is closed: its base fee, usage, charges and late usage of former periods become an invoice. A period is
      closed once, whoever comes.
      Exit status 1 when something cannot be reported or billed.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let now = context.now
    let day = try arguments.value("as-of", "a day, today (in UTC) at the latest: 2025-02-01") { text in
      CivilDate(text).flatMap { $0 <= now.date ? $0 : nil }
    }
    let wiring = try context.wiring(.database)
    let connection = try Connection.forLedger(wiring.databaseConfiguration(), applicationName: "usage-billing run")
    let log = AuditLog(connection)
    try log.record(AuditAct(.billingRun, stage: .begun) { $0.set("asOf", day) }, by: context.person)
    let bar = context.progressBar("companies", total: nil)
    let grace = wiring.configuration.periodGrace
    // Of periods that began before the day, at the latest moment at which no other has passed its grace.
    let renewedAsOf = day.map { min(now, $0.start.adding(seconds: grace.components.seconds - 1)) } ?? now
    let renewal = try PatientRenewal(connection: connection, grace: grace, failpoints: wiring.failpoints)
      .run(asOf: renewedAsOf)
    let reporting = MeterReporting(
      connection, grace: grace, failpoints: wiring.failpoints)
    let summary = try reporting.run(now: now, begunBefore: day, progress: { bar.advance(to: $0) })
    bar.finish()
    let charges = try ChargeBilling(connection, failpoints: wiring.failpoints).run(now: now)
    let closing = context.progressBar("periods", total: nil)
    let closed = try PeriodClose(connection, grace: grace, failpoints: wiring.failpoints)
      .run(now: now, begunBefore: day, progress: { closing.advance(to: $0) })
    closing.finish()
    let opened = try InvoiceStates(connection, grace: grace).run(now: now)
    let result = Result(
      reports: summary, patients: renewal.charged, charges: charges, closed: closed, opened: opened)
    try log.record(result.act, by: context.person)
    // Of everything: a scheduler need not do it again, and what watches its age is content.
    if day == nil {
      for job in [.patientRenewal, .meterReports, .chargeBilling, .periodClose, .invoiceStates] as [SchedulerRuns.Job] {
        try SchedulerRuns(connection).note(job, startedAt: now)
      }
    }
    context.show(result, arguments)
    return result.isComplete ? .success : .failure
  }
}
