import Billing
import Ledger

/// `revenue [COMPANY]`: what was invoiced, and what is still to be.
struct RevenueCommand: Command {
  let words = ["revenue"]
  let summary = "Shows what a company, or all of them, were invoiced, and what is not billed yet."
  let usage = Usage(
    arguments: [OutboxArguments.optionalCompany],
    options: [
      .value("from", "YYYY-MM-DD", "only billing periods that begin on this day or later"),
      .value("to", "YYYY-MM-DD", "and before this one"), .json, .csv,
    ],
    notes: """
      By currency, month and category; currencies are never added up. An invoice stands in the month in which its billing
      period begins, with all its lines: base fee, usage by metric, late usage of periods closed before, one-off charges.
      Each state has its own column; void is no longer owed. Unbilled is what registered companies' lines would come to,
      were they written now: usage, late usage, charges, and the base fee of periods that have begun.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let company = try arguments.optionalCompany()
    let days = try arguments.days()
    let wiring = try context.wiring(.database)
    do {
      let report = try RevenueReporter(wiring.openDatabase()).report(company, days: days, today: context.now.date)
      context.show(RevenueView(report: report), arguments)
    } catch UsageReportError.ledger(let error) {
      throw error
    }
    return .success
  }
}
