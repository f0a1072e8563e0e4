import Billing
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
      .value("to", "YYYY-MM-DD", "the day after the range's last"), .json, .csv,
    ],
    notes: """
      An order is in the range if it was sent to radiology in it. It is priced at the rates in force on the first day,
      without quotas. Nothing is billed by asking.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let company = try arguments.company()
    let rule = "a day: 2025-01-31"
    guard let from = try arguments.value("from", rule, { CivilDate($0) }),
      let to = try arguments.value("to", rule, { CivilDate($0) })
    else { throw UsageError("--from and --to say which days; both must be given") }
    guard let days = BillingPeriod(start: from, end: to) else { throw UsageError("--to must be after --from") }
    let wiring = try context.wiring(.database)
    do {
      let report = try OrderReporter(wiring.openDatabase()).report(company, days: days, today: context.now.date)
      context.show(View(report: report), arguments)
    } catch UsageReportError.ledger(let error) {
      throw error
    }
    return .success
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
