import JSON
import Ledger

/// Usage that is on no invoice yet, as a table, a document, or rows.
struct UnbilledView: Tabular {
  let report: UnbilledReport

  var text: String {
    guard !report.lines.isEmpty else { return "\(report.companyID): all usage is billed\n" }
    var table = Table([
      .text("Period"), .text("State"), .text("Metric"), .number("Total"), .number("Unbilled"), .number("Amount"),
      .text("Currency"),
    ])
    for line in report.lines {
      table.add([
        line.period.start.description, line.state.rawValue, line.metric.text, line.total.description,
        line.quantity.description, line.amount.description, line.amount.currency.code,
      ])
    }
    for total in report.totals { table.add(["All", "", "", "", "", total.description, total.currency.code]) }
    var text = "\(report.companyID), usage that is on no invoice yet\n\n\(table.text)"
    if !report.isRegistered { text += "\nthe company is not registered: default plan, and no invoice\n" }
    return text
  }

  func encode(into json: inout JSONWriter) { report.write(to: &json) }

  var csv: CSV {
    var csv = CSV([
      "companyId", "periodStart", "periodEnd", "state", "metric", "total", "unbilled", "amount", "currency",
    ])
    for line in report.lines {
      csv.add([
        .text(report.companyID.text), .plain(line.period.start.description), .plain(line.period.end.description),
        .plain(line.state.rawValue), .plain(line.metric.text), .plain(line.total.description),
        .plain(line.quantity.description), .plain(line.amount.description), .plain(line.amount.currency.code),
      ])
    }
    return csv
  }
}
