import Audit
import Billing
import Invoicing
import JSON
import Ledger
import PostgreSQL

/// `billing-run`: one pass of what the scheduler does for billing, by hand or by cron.
struct BillingRunCommand: Command {
  let words = ["billing-run"]
  let summary = "Renews patients and reports usage for Stripe once, as the scheduler does by itself."
  let usage = Usage(
    options: [.value("as-of", "YYYY-MM-DD", "only periods that began before this day, today at the latest"), .json],
    notes: """
      Patients who are active when a period begins are charged for it, once the grace time of the one before is over. Then,
      what totals have grown by since the last report becomes meter events; what no meter takes any more becomes invoice
      items. Both are written to the outbox, which outbox-worker sends. Run again, or next to a scheduler, it reports
      nothing twice. Whether usage still reaches its meter is decided by the clock, whatever --as-of says: as of the first
      of a month it sees to all periods before it and leaves the new ones alone.
      Exit status 1 when a total cannot be reported.
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
    let opened = try InvoiceStates(connection, grace: grace).run(now: now)
    let ended = AuditAct(.billingRun, stage: .ended) {
      $0.set("patientsCharged", renewal.charged)
      $0.set("companies", summary.companies)
      $0.set("meterEvents", summary.reports)
      $0.set("invoiceItems", summary.items)
      $0.set("invoicesOpened", opened)
      $0.set("problems", summary.problems.count)
    }
    try log.record(ended, by: context.person)
    // Of everything: a scheduler need not do it again, and what watches its age is content.
    if day == nil {
      for job in [.patientRenewal, .meterReports, .invoiceStates] as [SchedulerRuns.Job] {
        try SchedulerRuns(connection).note(job, startedAt: now)
      }
    }
    context.show(Result(summary: summary, patients: renewal.charged, opened: opened), arguments)
    return summary.problems.isEmpty ? .success : .failure
  }

  private struct Result: Presentable {
    let summary: MeterReportSummary
    /// Charged for periods at whose start they were active.
    let patients: Int
    /// Drafts that became open invoices.
    let opened: Int

    var text: String {
      var table = Table([.text("Meter reports"), .number("Count")])
      for (name, count) in [
        ("patients charged again", patients), ("companies", summary.companies),
        ("meter events written", summary.reports),
        ("invoice items written", summary.items), ("events turned into items", summary.converted),
        ("ended totals left for later", summary.waiting), ("invoices that became open", opened),
      ] { table.add([name, String(count)]) }
      guard !summary.problems.isEmpty else { return table.text }
      var problems = Table([.text("Company"), .text("Metric"), .text("Period"), .text("Cannot be reported")])
      for problem in summary.problems {
        problems.add([
          problem.company.text, problem.metric.text, problem.periodStart.description, problem.reason.rawValue,
        ])
      }
      return table.text + "\n" + problems.text
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("patients", patients)
        $0.field("companies", summary.companies)
        $0.field("reports", summary.reports)
        $0.field("items", summary.items)
        $0.field("converted", summary.converted)
        $0.field("waiting", summary.waiting)
        $0.field("invoicesOpened", opened)
        $0.key("problems")
        $0.array { json in
          for problem in summary.problems {
            json.object {
              $0.field("companyId", problem.company.text)
              $0.field("metric", problem.metric.text)
              $0.field("periodStart", problem.periodStart.description)
              $0.field("reason", problem.reason.rawValue)
            }
          }
        }
      }
    }
  }
}
