import Billing
import Invoicing
import JSON
import Ledger
import PostgreSQL

/// `verify`: whether totals are what the ledger says, and bills what totals say.
struct VerifyCommand: Command {
  /// A company with millions of records is one statement.
  private static let timeout: Duration = .seconds(3600)

  let words = ["verify"]
  let summary = "Proves that records, totals, charges, invoices and entries for Stripe agree; workers may run."
  let usage = Usage(
    arguments: [Usage.Argument("COMPANY", "one company; all if left out", .optional)],
    options: [
      .flag("full", "read all records and entries again, also of closed periods that were proven and have not changed"),
      .flag("repair", "put totals right; audited, with a trace in billing.total_repairs"), .json,
    ],
    notes: """
      Compared, company by company: totals with their records; ids reserved at months' boundaries; voids; subjects; billing
      periods; what was charged for each total with its lines, their prices and the records behind them; invoices with
      their lines and parts; what Stripe's meters were told, and each line's entry, with the outbox; numbers of invoices.
      A closed period found right is marked with a digest of its totals, and its records are read again only when those
      change, or with --full, which alone finds records that were changed by hand without their totals.
      Only totals and subjects can be repaired. What was billed is never put right by itself: find out what happened
      (invoices explain LINE), and have the difference billed or credited by a charge.
      Totals of archived months stay as they are: they are told, and cannot be compared with records.
      Exit status 1 when something differs and is not repaired.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let company = try arguments.optionalArgument("COMPANY", "1 to 128 of A-Z a-z 0-9 . _ : -") { CompanyID($0) }
    let connection = try context.wiring(.database).openDatabase()
    connection.queryTimeout = Self.timeout
    // A mistyped id must not pass for a clean company.
    if let company { _ = try CompanyStore(connection).show(company) }
    var bar: ProgressBar?
    let progress = { (done: Int, total: Int) in
      let shown = bar ?? context.progressBar("verify", total: total)
      bar = shown
      shown.advance(to: done)
    }
    let verification = Verification(
      connection, company: company, isFull: arguments.flag("full"), parts: [ChainVerification()])
    let report =
      arguments.flag("repair")
      ? try verification.repair(by: context.person, progress: progress)
      : try verification.run(progress: progress)
    bar?.finish()
    // A total put right may have reached a threshold that nobody was told of.
    if report.differences.contains(where: \.isRepaired) {
      _ = try ThresholdReview.ofAllCompanies(on: connection, now: context.now)
    }
    context.show(Result(report: report, wantedRepair: arguments.flag("repair")), arguments)
    return report.isClean ? .success : .failure
  }

  private struct Result: Presentable {
    let report: VerificationReport
    let wantedRepair: Bool

    var text: String {
      var scope = "\(report.companies) companies, \(report.records) records"
      if report.unchangedPeriods > 0 {
        scope += ", \(report.unchangedPeriods) periods unchanged since they were proven"
      }
      guard !report.differences.isEmpty else { return "clean: \(scope)\n\(archived)" }
      var table = Table([
        .text("Company"), .text("Finding"), .text("Metric"), .text("Where"), .number("Stored"), .number("Expected"),
        .text("Repaired"),
      ])
      for difference in report.differences {
        let cells = difference.cells
        table.add([
          difference.company?.text, difference.kind, cells.metric, cells.place, cells.stored, cells.recomputed,
          difference.isRepaired ? "yes" : "no",
        ])
      }
      let left = report.differences.count { !$0.isRepaired }
      var text = "\(table.text)\n\(report.differences.count) differences, \(left) not repaired: \(scope)\n\(archived)"
      if wantedRepair, left > 0 {
        text += "What was billed is for a person to decide: see usage-billing verify --help.\n"
      }
      return text
    }

    private var archived: String {
      let archived = report.archived
      guard !archived.months.isEmpty else { return "" }
      var text = "not compared, since \(ArchivedMonths.list(archived.months)) is archived: \(archived.count) periods"
      if !archived.named.isEmpty {
        let names = archived.named.map { "\($0.company) \($0.bounds.start)" }.joined(separator: ", ")
        text += ": \(names)\(archived.count > archived.named.count ? ", …" : "")"
      }
      return text + "\n"
    }

    func encode(into json: inout JSONWriter) { report.write(to: &json) }
  }
}
