import Billing
import Ledger
import Messages
import PostgreSQL

/// `usage COMPANY`: what a company used and what it costs.
struct UsageCommand: Command {
  let words = ["usage"]
  let summary = "Shows what a company used in a billing period or a range of days, and what it costs."
  let usage = Usage(
    arguments: [.company],
    options: [
      .value("period", "YYYY-MM-DD", "the billing period that contains this day (UTC); the current one if left out"),
      .value("from", "YYYY-MM-DD", "first day of a range"),
      .value("to", "YYYY-MM-DD", "the day after the range's last"),
      .value("user", "ID", "one user's part, by the id that messages carry; needs PATIENT_REFERENCE_KEY"),
      .value("subscription", "ID", "one subscription's part; likewise"),
      .flag("unbilled", "what is counted and on no invoice yet, of all periods"), .json, .csv,
    ],
    notes: """
      A period is shown as it will be billed. A range of days is priced at the rates in force on its first day; it and a
      user's or subscription's part are shown without quotas and base fee, which belong to a company's whole period, so
      that their costs do not add up to the period's. Metrics without a rate are counted and cost nothing.
      Unbilled usage is shown by period and metric: what a line would say, were it written now. Of a closed period
      (late) that is the price of its total as it is now less what its lines came to; it may be negative.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let company = try arguments.company()
    if arguments.flag("unbilled") { return try showUnbilled(company, arguments, context) }
    let span = try Self.span(arguments, today: context.now.date)
    guard arguments.value("user") == nil || arguments.value("subscription") == nil else {
      throw UsageError("--user and --subscription cannot be combined")
    }
    let isPart = arguments.value("user") != nil || arguments.value("subscription") != nil
    let wiring = try context.wiring(isPart ? [.database, .pseudonyms] : .database)
    let question = UsageQuestion(company: company, span: span, part: try part(arguments, company, wiring))
    do {
      let report = try UsageReporter(wiring.openDatabase()).report(question, today: context.now.date)
      context.show(UsageView(report: report), arguments)
    } catch UsageReportError.ledger(let error) {
      throw error
    }
    return .success
  }

  private func showUnbilled(
    _ company: CompanyID, _ arguments: ParsedArguments, _ context: Context
  ) throws -> ExitStatus {
    for name in ["period", "from", "to", "user", "subscription"] where arguments.value(name) != nil {
      throw UsageError("--unbilled and --\(name) cannot be combined")
    }
    let wiring = try context.wiring(.database)
    do {
      let report = try UnbilledReporter(wiring.openDatabase()).report(company, today: context.now.date)
      context.show(UnbilledView(report: report), arguments)
    } catch UsageReportError.ledger(let error) {
      throw error
    }
    return .success
  }

  static func span(_ arguments: ParsedArguments, today: CivilDate) throws(UsageError) -> UsageQuestion.Span {
    let period = try arguments.value("period", "a day: 2025-01-31") { CivilDate($0) }
    guard let days = try arguments.days() else { return .period(containing: period ?? today) }
    guard period == nil else { throw UsageError("--period cannot be combined with --from and --to") }
    return .days(days)
  }

  private func part(
    _ arguments: ParsedArguments, _ company: CompanyID, _ wiring: Wiring
  ) throws -> UsageQuestion.Part {
    guard let name = arguments.value("user") ?? arguments.value("subscription") else { return .all }
    let identifier = Array(name.utf8)
    let pseudonyms = try Pseudonymizer(wiring.requiredKeyring()).pseudonyms(
      company: company, identifier: identifier.span)
    return arguments.value("user") == nil ? .subscription(pseudonyms) : .user(pseudonyms)
  }
}
