import Audit
import Billing
import Invoicing
import JSON
import Ledger
import PostgreSQL

/// `orders COMPANY`: what of its radiology orders was billed.
struct OrdersCommand: Command {
  let words = ["orders"]
  let summary = "Shows a company's radiology orders of a range of days by category, and what they cost."
  let usage = Usage(
    arguments: [.company],
    options: [
      .value("from", "YYYY-MM-DD", "first day (UTC) of the range"),
      .value("to", "YYYY-MM-DD", "the day after the range's last"),
      .flag("bill", "makes an invoice of those that are in open periods and on none yet"), .json, .csv,
    ],
    notes: """
      An order is in the range if it was sent to radiology in it. It is priced at the rates in force on the first day,
      without quotas. Nothing is billed by asking.
      With --bill, those that stand, whose period is open and that are on no invoice line yet are put on an invoice of
      their own, at their period's price and quota; the period's invoice then has the rest. Run again, it bills what came
      since.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let company = try arguments.company()
    let rule = "a day: 2025-01-31"
    guard let from = try arguments.value("from", rule, { CivilDate($0) }),
      let to = try arguments.value("to", rule, { CivilDate($0) })
    else { throw UsageError("--from and --to say which days; both must be given") }
    guard let days = BillingPeriod(start: from, end: to) else { throw UsageError("--to must be after --from") }
    let wiring = try context.wiring(.database)
    if arguments.flag("bill") { return try bill(company, days, wiring, arguments, context) }
    do {
      let report = try OrderReporter(wiring.openDatabase()).report(company, days: days, today: context.now.date)
      context.show(View(report: report), arguments)
    } catch UsageReportError.ledger(let error) {
      throw error
    }
    return .success
  }

  /// Told before and after, since it may be for money.
  private func bill(
    _ company: CompanyID, _ days: BillingPeriod, _ wiring: Wiring, _ arguments: ParsedArguments, _ context: Context
  ) throws -> ExitStatus {
    let connection = try Connection.forLedger(wiring.databaseConfiguration(), applicationName: "usage-billing orders")
    let log = AuditLog(connection)
    let begun = AuditAct(.ordersBilled, company: company, stage: .begun) {
      $0.set("from", days.start)
      $0.set("to", days.end)
    }
    try log.record(begun, by: context.person)
    let billed = try OrdersAhead(connection, failpoints: wiring.failpoints).bill(company, days: days, now: context.now)
    let ended = AuditAct(.ordersBilled, company: company, stage: .ended) {
      $0.set("invoice", billed.invoice?.value)
      $0.set("orders", billed.orders)
      $0.set("amount", billed.total)
    }
    try log.record(ended, by: context.person)
    context.show(Billed(company: company, days: days, summary: billed), arguments)
    return .success
  }

  private struct Billed: Tabular {
    let company: CompanyID
    let days: BillingPeriod
    let summary: OrdersAhead.Summary

    var text: String {
      guard let invoice = summary.invoice, let total = summary.total else {
        return "\(company): no order of the range is left to be billed in an open period\n"
      }
      return "\(company): \(summary.orders) orders are on invoice \(invoice), \(total) \(total.currency)\n"
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("companyId", company.text)
        $0.field("from", days.start.description)
        $0.field("to", days.end.description)
        $0.field("invoice", optional: summary.invoice?.description)
        $0.field("orders", summary.orders.description)
        $0.field("amount", optional: summary.total?.description)
        $0.field("currency", optional: summary.total?.currency.code)
      }
    }

    var csv: CSV {
      var csv = CSV(["companyId", "from", "to", "invoice", "orders", "amount", "currency"])
      csv.add([
        .text(company.text), .plain(days.start.description), .plain(days.end.description),
        .plain(summary.invoice?.description ?? ""), .plain(summary.orders.description),
        .plain(summary.total?.description ?? ""), .plain(summary.total?.currency.code ?? ""),
      ])
      return csv
    }
  }

  private struct View: Tabular {
    let report: OrderReport

    var text: String {
      var table = Table([.text("Category"), .number("Orders"), .number("Amount")])
      for line in report.lines {
        table.add([
          line.imaging.rawValue, String(line.orders), line.isRated ? line.amount.description : "unrated",
        ])
      }
      table.add(["Total", String(report.orders), report.total.description])
      var notes = Table([.text("Of these"), .number("Orders")])
      notes.add(["unclassified, billed as standard", String(report.unclassified)])
      notes.add(["cancelled after sending, billed", String(report.cancelledAfterSending)])
      notes.add(["otherwise by now, in a closed period", String(report.differing)])
      let days = "\(report.days.start) to before \(report.days.end)"
      return "\(report.companyID), plan \(report.plan), \(days), \(report.currency)\n\n\(table.text)\n\(notes.text)"
    }

    func encode(into json: inout JSONWriter) { report.write(to: &json) }

    /// A row for each category. What of them is unclassified or cancelled is in the other two faces.
    var csv: CSV {
      var csv = CSV([
        "companyId", "plan", "currency", "from", "to", "category", "metric", "orders", "amount", "rated",
      ])
      for line in report.lines {
        csv.add([
          .text(report.companyID.text), .text(report.plan.text), .plain(report.currency.code),
          .plain(report.days.start.description), .plain(report.days.end.description), .plain(line.imaging.rawValue),
          .plain(line.imaging.metric.text), .number(line.orders), .plain(line.amount.description),
          .flag(line.isRated),
        ])
      }
      return csv
    }
  }
}
