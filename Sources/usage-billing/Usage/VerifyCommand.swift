import Billing
import JSON
import Ledger
import PostgreSQL

/// `verify`: whether totals are what the ledger says.
struct VerifyCommand: Command {
  /// A company with millions of records is one statement.
  private static let timeout: Duration = .seconds(3600)

  let words = ["verify"]
  let summary = "Recomputes totals from the ledger and says where they differ; workers may run."
  let usage = Usage(
    arguments: [Usage.Argument("COMPANY", "one company; all if left out", .optional)],
    options: [.flag("repair", "put totals right; audited, with a trace in billing.total_repairs"), .json],
    notes: """
      Also checked: the ids kept at months' boundaries, voids and their records, subjects, and that billing periods are
      contiguous and cover all records. Only totals and subjects can be repaired.
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
    let verification = Verification(connection, company: company)
    let report =
      arguments.flag("repair")
      ? try verification.repair(by: context.person, progress: progress)
      : try verification.run(progress: progress)
    bar?.finish()
    // A total put right may have reached a threshold that nobody was told of.
    if report.differences.contains(where: \.isRepaired) {
      _ = try ThresholdReview.ofAllCompanies(on: connection, now: context.now)
    }
    context.show(Result(report: report), arguments)
    return report.isClean ? .success : .failure
  }

  private struct Result: Presentable {
    let report: VerificationReport

    var text: String {
      let scope = "\(report.companies) companies, \(report.records) records"
      guard !report.differences.isEmpty else { return "clean: \(scope)\n" }
      var table = Table([
        .text("Company"), .text("Finding"), .text("Metric"), .text("Where"), .number("Stored"), .number("Recomputed"),
        .text("Repaired"),
      ])
      for difference in report.differences {
        let cells = difference.cells
        table.add([
          difference.company.text, difference.kind, cells.metric, cells.place, cells.stored, cells.recomputed,
          difference.isRepaired ? "yes" : "no",
        ])
      }
      let left = report.differences.count { !$0.isRepaired }
      return "\(table.text)\n\(report.differences.count) differences, \(left) not repaired: \(scope)\n"
    }

    func encode(into json: inout JSONWriter) { report.write(to: &json) }
  }
}
