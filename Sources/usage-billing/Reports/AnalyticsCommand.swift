import Billing
import Ledger

/// `analytics COMPANY`: how a company's billing period goes.
struct AnalyticsCommand: Command {
  let words = ["analytics"]
  let summary = "Shows a company's period so far against the same days of the one before, and what it is going to cost."
  let usage = Usage(
    arguments: [.company],
    options: [
      .value("as-of", "YYYY-MM-DD", "as it stood at the end of this day (UTC), today at the latest"), .json, .csv,
    ],
    notes: """
      The period is the billing period that contains the day. Its first days are compared with as many of the period
      before, or with as many as that had: quantities as each metric aggregates, costs by each period's own prices, its
      quota taken off. A trend is the change over the former figure; from 0 to something it is 100 %.
      Projected cost: usage cost so far / elapsed days x days in the period + base fee. Elapsed days are whole days,
      the one asked for included. It goes straight on: it draws levels (max, last) out like what adds up.
      The last seven days are shown by what each added to the usage cost of its period.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let company = try arguments.company()
    let today = context.now.date
    let day = try arguments.value("as-of", "a day, today (in UTC) at the latest: 2025-01-31") { text in
      CivilDate(text).flatMap { $0 <= today ? $0 : nil }
    }
    let wiring = try context.wiring(.database)
    do {
      let report = try AnalyticsReporter(wiring.openDatabase()).report(company, through: day ?? today)
      context.show(AnalyticsView(report: report), arguments)
    } catch UsageReportError.ledger(let error) {
      throw error
    }
    return .success
  }
}
