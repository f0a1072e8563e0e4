import JSON
import Ledger

/// A usage report as a table or document.
struct UsageView: Tabular {
  let report: UsageReport

  var text: String {
    var table = Table([
      .text("Metric"), .number("Quantity"), .number("Events"), .number("Included"), .number("Billable"),
      .number("Cost"), .number("Threshold"),
    ])
    for line in report.lines {
      table.add([
        line.metric.text, line.quantity.description, String(line.events),
        line.isRated ? line.included.description : "unrated", line.billable.description, line.cost.description,
        line.threshold?.description,
      ])
    }
    let whole = report.isPeriod && report.isWhole
    table.add(["Usage", "", "", "", "", report.usageCost.description, ""])
    if whole { table.add(["Base fee", "", "", "", "", report.baseFee.description, ""]) }
    table.add(["Total", "", "", "", "", report.total.description, ""])
    let span = report.isPeriod ? "period" : "days"
    var text = "\(report.companyID), plan \(report.plan), \(span) \(report.span.start) to before \(report.span.end), "
    text += "\(report.currency)\n\n\(table.text)"
    if let footnote = report.footnote { text += "\n\(footnote)\n" }
    return text
  }

  func encode(into json: inout JSONWriter) { report.write(to: &json) }

  /// A row for each metric, and one for the base fee of a whole period: their costs add up to the total.
  var csv: CSV {
    var csv = CSV([
      "companyId", "plan", "currency", "start", "end", "item", "metric", "quantity", "events", "included", "billable",
      "cost", "threshold", "rated",
    ])
    let head: [CSV.Cell] = [
      .text(report.companyID.text), .text(report.plan.text), .plain(report.currency.code),
      .plain(report.span.start.description), .plain(report.span.end.description),
    ]
    for line in report.lines {
      csv.add(
        head + [
          .plain("usage"), .plain(line.metric.text), .plain(line.quantity.description), .number(line.events),
          .plain(line.included.description), .plain(line.billable.description), .plain(line.cost.description),
          .plain(line.threshold?.description), .flag(line.isRated),
        ])
    }
    if report.isPeriod && report.isWhole {
      let unused = Array(repeating: CSV.Cell.plain(nil), count: 5)
      csv.add(head + [.plain("base_fee")] + unused + [.plain(report.baseFee.description), .plain(nil), .plain(nil)])
    }
    return csv
  }
}
