import Billing
import Ledger

/// `companies show`: one company, its own rates and its periods.
struct CompaniesShowCommand: Command {
  let words = ["companies", "show"]
  let summary = "Shows a company, its own rates and its billing periods."
  let usage = Usage(arguments: [.company], options: [.json])

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let id = try arguments.company()
    let connection = try context.wiring(.database).openDatabase()
    context.show(CompanyView(company: try CompanyStore(connection).show(id)), arguments)
    return .success
  }
}

extension Usage.Argument {
  /// The company that a command is about.
  static let company = Usage.Argument("COMPANY", "the company's id, as messages name it")
}

extension ParsedArguments {
  func company() throws(UsageError) -> CompanyID {
    try argument("COMPANY", "1 to 128 of A-Z a-z 0-9 . _ : -") { CompanyID($0) }
  }
}
