import Billing
import Invoicing

/// `invoices show`: one invoice with its lines.
struct InvoicesShowCommand: Command {
  let words = ["invoices", "show"]
  let summary = "Shows an invoice with its lines."
  let usage = Usage(
    arguments: [Usage.Argument("NUMBER", "the invoice's number, as invoices list shows it")],
    options: [
      .flag("subjects", "what of an itemized line each subject is, in the order of their first records; no names"),
      .json, .csv,
    ],
    notes: """
      Lines are numbered on their own, across invoices: invoices explain LINE says what one is made of. A late line is
      what the total of an earlier period has changed by since it was billed, at that period's prices.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let number = try arguments.argument("NUMBER", "a whole number from 1 on") { text in
      Int64(text).flatMap { InvoiceNumber($0) }
    }
    let reader = InvoiceReader(try context.wiring(.database).openDatabase())
    let isDocument = arguments.flag(Usage.Option.json.name)
    guard let whole = try reader.show(number, withParts: isDocument || arguments.flag("subjects")) else {
      throw CommandFailure("there is no invoice \(number); see: \(Help.program) invoices list")
    }
    context.show(
      InvoiceView(invoice: whole.invoice, lines: whole.lines, showsParts: arguments.flag("subjects")), arguments)
    return .success
  }
}
