import JSON
import Ledger

/// A usage report as a table or document.
struct UsageView: Presentable {
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
}
