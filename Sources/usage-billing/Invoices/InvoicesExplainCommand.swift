import Billing
import Invoicing

/// `invoices explain`: what a line is made of, and whether it adds up.
struct InvoicesExplainCommand: Command {
  /// A line may have millions of records.
  private static let timeout: Duration = .seconds(3600)
  private static let records = 20

  let words = ["invoices", "explain"]
  let summary = "Says what a line of an invoice is made of, down to usage records, and proves that it adds up."
  let usage = Usage(
    arguments: [Usage.Argument("LINE", "the line's number, as invoices show has it")],
    options: [
      .value("limit", "N", "list so many of the line's records; \(records) if left out"),
      .value("skip", "N", "pass over so many of them first"), .json,
    ],
    notes: """
      A line of usage is computed anew: its records are added up, together with those of the total's former lines; the
      total is priced at the rates and quota of its period; what former lines charged is taken off. Records are listed
      by time; sums are of all of them, listed or not.
      Exit status 1 when something does not add up.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let number = try arguments.argument("LINE", "a whole number from 1 on") { Int64($0).flatMap { $0 > 0 ? $0 : nil } }
    let limit = try arguments.number("limit", 0...1_000_000) ?? Self.records
    let skip = try arguments.number("skip", 0...1_000_000_000) ?? 0
    let connection = try context.wiring(.database).openDatabase()
    connection.queryTimeout = Self.timeout
    guard let explanation = try LineExplainer(connection).explain(number, limit: limit, skip: skip) else {
      throw CommandFailure("there is no line \(number); see: \(Help.program) invoices show")
    }
    context.show(ExplanationView(explanation: explanation), arguments)
    return explanation.addsUp ? .success : .failure
  }
}
