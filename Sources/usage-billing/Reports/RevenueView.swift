import JSON
import Ledger

/// Revenue as a table for each currency, a document, or rows.
struct RevenueView: Tabular {
  let report: RevenueReport

  var text: String {
    let whose = report.companyID?.text ?? "all companies"
    let when = report.days.map { ", periods that begin from \($0.start) to before \($0.end)" } ?? ""
    let title = "Revenue of \(whose)\(when)\n"
    guard !report.sections.isEmpty else { return title + "\nnothing is invoiced, and nothing is to be\n" }
    return title + report.sections.map { "\n\($0.currency)\n\(Self.table($0))" }.joined()
  }

  private static func table(_ section: RevenueReport.Section) -> String {
    let states = RevenueReport.State.allCases
    var table = Table(
      [.text("Month"), .text("Category"), .text("Metric")] + states.map { .number($0.rawValue.capitalizedFirst) })
    for line in section.lines {
      table.add(
        [line.month.yearAndMonth, line.category.name, line.category.metric?.text]
          + states.map { line.amounts[$0]?.description })
    }
    table.add(["All", "", ""] + states.map { section.totals[$0]?.description })
    return table.text
  }

  func encode(into json: inout JSONWriter) { report.write(to: &json) }

  /// A row for each amount.
  var csv: CSV {
    var csv = CSV(["companyId", "currency", "month", "category", "metric", "state", "amount"])
    for section in report.sections {
      for line in section.lines {
        for state in RevenueReport.State.allCases {
          guard let amount = line.amounts[state] else { continue }
          csv.add([
            .text(report.companyID?.text), .plain(section.currency.code), .plain(line.month.yearAndMonth),
            .plain(line.category.name), .plain(line.category.metric?.text), .plain(state.rawValue),
            .plain(amount.description),
          ])
        }
      }
    }
    return csv
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
