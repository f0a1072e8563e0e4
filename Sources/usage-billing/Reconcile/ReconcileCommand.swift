import Billing
import Ledger
import PostgreSQL
import Workers

/// `reconcile`: whether Stripe has what it should have.
struct ReconcileCommand: Command {
  /// A company with very many entries is read in a few statements.
  private static let timeout: Duration = .seconds(600)

  let words = ["reconcile"]
  let summary = "Compares our totals and invoice items with Stripe's, to the unit and the cent; workers may run."
  let usage = Usage(
    arguments: [Usage.Argument("COMPANY", "one company; all in mode live if left out", .optional)],
    options: [
      .value(
        "period", "YYYY-MM-DD",
        "the billing period that contains this day (UTC); the current and the one before if left out"),
      .flag("all", "show what agrees, too"), .json,
    ],
    notes: """
      Each unit of a period's total is not reported yet, billed by an invoice item, waiting in the outbox, or counted by
      Stripe's meter; what is left over is a difference: missing at Stripe, or below zero too much there. Invoice items are
      compared by our entry's id in their metadata, and our invoices with Stripe's that are final: their totals, and on which of
      them lines stand that are items. Stripe's summaries lag by some minutes: what was delivered just now may
      show as missing, and is named. Requests share the workers' rate limits.
      Exit status 1 when something differs. Whether totals are what the ledger says is told by verify.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let company = try arguments.optionalCompany()
    let day = try arguments.value("period", "a day: 2025-01-31") { CivilDate($0) }
    let wiring = try context.wiring([.database, .stripe])
    let connection = try wiring.openDatabase()
    connection.queryTimeout = Self.timeout
    if let company { try Self.check(company, connection) }
    let periods: ReconciliationScope.Periods = day.map { .containing($0) } ?? .currentAndPrevious(context.now.date)
    let reconciliation = try Reconciliation(
      Reconciliation.Setting(
        database: try wiring.databaseConfiguration(), stripe: try wiring.stripeConfiguration(),
        rates: wiring.stripeRates, release: Release.version, log: wiring.log),
      connection, clock: { context.now })
    var bar: ProgressBar?
    let report = try reconciliation.run(ReconciliationScope(periods, of: company)) { done, total in
      let shown = bar ?? context.progressBar("reconcile", total: total)
      bar = shown
      shown.advance(to: done)
    }
    bar?.finish()
    context.show(ReconciliationView(report: report, showsAll: arguments.flag("all")), arguments)
    return report.discrepancies.isEmpty ? .success : .failure
  }

  /// Nothing compared must not pass for no difference.
  private static func check(_ company: CompanyID, _ connection: Connection) throws {
    let record = try CompanyStore(connection).show(company)
    guard record.registeredAt != nil else {
      throw CommandFailure("\(company) is not registered: Stripe is told nothing of it; see: companies set --help")
    }
    guard record.stripeMode == StripeMode.live.rawValue else {
      throw CommandFailure("\(company) is in Stripe mode \(record.stripeMode): Stripe is told nothing of it")
    }
    guard record.stripeCustomer != nil else {
      throw CommandFailure("\(company) has no customer at Stripe yet: its entries are held")
    }
  }
}
