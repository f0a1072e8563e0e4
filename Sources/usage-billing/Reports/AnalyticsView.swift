import Billing
import JSON
import Ledger

/// A report of analytics as a table with bars, a document, or rows.
struct AnalyticsView: Tabular {
  let report: AnalyticsReport

  var text: String {
    let (progress, period) = (report.progress, report.progress.period)
    var text = "\(report.companyID), plan \(report.plan), period \(period.start) to before \(period.end), "
    text += "day \(progress.elapsedDays) of \(period.days), \(report.currency)\n\n\(metrics)\n\(costs)\n\(days)"
    if let footnote = report.footnote { text += "\n\(footnote)\n" }
    return text
  }

  /// Where fewer days are compared than have elapsed, what they came to is shown too.
  private var showsCompared: Bool { report.comparedDays < report.progress.elapsedDays }

  private var metrics: String {
    var columns: [Table.Column] = [.text("Metric"), .number("So far"), .number("Cost")]
    if showsCompared { columns += [.number("First \(report.comparedDays) days"), .number("Cost")] }
    columns += [.number("Period before"), .number("Cost"), .number("Trend")]
    var table = Table(columns)
    for line in report.lines {
      let figures = showsCompared ? [line.soFar, line.compared, line.former] : [line.soFar, line.former]
      let cells = figures.flatMap { [$0.quantity.description, line.isRated ? $0.cost.description : "unrated"] }
      table.add([line.metric.text] + cells + [Self.percent(line.trend)])
    }
    let costs = report.costs
    let sums = showsCompared ? [costs.soFar, costs.compared, costs.former] : [costs.soFar, costs.former]
    table.add(["Usage"] + sums.flatMap { ["", $0.description] } + [costs.trend.map(Self.percent)])
    return table.text
  }

  private var costs: String {
    var table = Table([.text("Projected"), .number("")])
    table.add(["Usage cost so far", report.costs.soFar.description])
    table.add(["Base fee", report.baseFee.description])
    table.add(["Whole period, if it goes on so", report.projectedCost.description])
    return table.text
  }

  private var days: String {
    var table = Table([.text("Last days"), .number("Events"), .number("Usage cost"), .text("")])
    for (day, bar) in zip(report.lastDays, Bars(report.lastDays.map(\.cost)).texts) {
      let cost = day.cost.description + (day.cost.currency == report.currency ? "" : " \(day.cost.currency)")
      table.add([day.day.description, String(day.events), cost, bar])
    }
    return table.text
  }

  /// `+33.33 %`.
  private static func percent(_ trend: Trend) -> String { "\(trend.hundredths > 0 ? "+" : "")\(trend) %" }

  func encode(into json: inout JSONWriter) { report.write(to: &json) }

  /// Three kinds of rows: `metric`, `period` (what is true of all of it), `day`.
  var csv: CSV {
    var csv = CSV([
      "companyId", "plan", "periodStart", "periodEnd", "asOf", "elapsedDays", "comparedDays", "item", "metric", "day",
      "events", "currency", "quantity", "cost", "comparedQuantity", "comparedCost", "formerCurrency", "formerQuantity",
      "formerCost", "trend", "baseFee", "projectedCost",
    ])
    let (progress, costs) = (report.progress, report.costs)
    let head: [CSV.Cell] = [
      .text(report.companyID.text), .text(report.plan.text), .plain(progress.period.start.description),
      .plain(progress.period.end.description), .plain(progress.day.description), .number(progress.elapsedDays),
      .number(report.comparedDays),
    ]
    func add(_ cells: [String?]) { csv.add(head + cells.map(CSV.Cell.plain)) }
    let (currency, formerCurrency) = (report.currency.code, costs.former.currency.code)
    for line in report.lines {
      add([
        "metric", line.metric.text, nil, nil, currency, line.soFar.quantity.description, line.soFar.cost.description,
        line.compared.quantity.description, line.compared.cost.description, formerCurrency,
        line.former.quantity.description, line.former.cost.description, line.trend.description, nil, nil,
      ])
    }
    add([
      "period", nil, nil, nil, currency, nil, costs.soFar.description, nil, costs.compared.description, formerCurrency,
      nil, costs.former.description, costs.trend?.description, report.baseFee.description,
      report.projectedCost.description,
    ])
    for day in report.lastDays {
      let (cost, unused) = (day.cost, [String?](repeating: nil, count: 8))
      add(["day", nil, day.day.description, String(day.events), cost.currency.code, nil, cost.description] + unused)
    }
    return csv
  }
}
