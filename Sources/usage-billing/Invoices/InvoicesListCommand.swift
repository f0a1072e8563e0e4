import Billing
import Invoicing
import JSON

/// `invoices list`: invoices of all companies, or of one.
struct InvoicesListCommand: Command {
  private static let pageSize = 1000

  let words = ["invoices", "list"]
  let summary = "Lists invoices by number."
  let usage = Usage(
    arguments: [Usage.Argument("COMPANY", "one company; all if left out", .optional)],
    options: [
      .value("state", "STATE", "only those that are draft, open, paid, uncollectible or void"),
      .value("from", "YYYY-MM-DD", "only those of periods that end after this day"),
      .value("to", "YYYY-MM-DD", "only those of periods that begin before this day"), .json, .csv,
    ])

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let rule = "a day: 2025-01-31"
    let states = InvoiceRecord.State.allCases.map(\.rawValue).joined(separator: ", ")
    let question = InvoiceReader.Question(
      company: try arguments.optionalCompany(),
      state: try arguments.value("state", "one of \(states)") { InvoiceRecord.State(rawValue: $0) },
      from: try arguments.value("from", rule) { CivilDate($0) }, to: try arguments.value("to", rule) { CivilDate($0) })
    let reader = InvoiceReader(try context.wiring(.database).openDatabase())
    var invoices: [InvoiceRecord] = []
    while true {
      let page = try reader.list(question, after: invoices.last?.number, limit: Self.pageSize)
      invoices += page
      if page.count < Self.pageSize { break }
    }
    context.show(Listing(invoices: invoices), arguments)
    return .success
  }

  private struct Listing: Tabular {
    let invoices: [InvoiceRecord]

    var text: String {
      guard !invoices.isEmpty else { return "no invoices\n" }
      var table = Table([
        .number("Invoice"), .text("Company"), .text("Name"), .text("Type"), .text("Period"), .text("State"),
        .number("Lines"), .number("Total"), .text("Currency"),
      ])
      for invoice in invoices {
        table.add([
          invoice.number.description, invoice.company.text, invoice.displayName, invoice.kind.rawValue,
          PriceWords.days(invoice.period), invoice.state.rawValue, String(invoice.lineCount),
          PriceWords.grouped(invoice.total), invoice.currency.code,
        ])
      }
      return table.text
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.key("invoices")
        $0.array { array in
          for invoice in invoices {
            array.object {
              invoice.writeFields(to: &$0)
              $0.field("lineCount", invoice.lineCount)
            }
          }
        }
      }
    }

    var csv: CSV {
      var csv = CSV([
        "invoice", "company", "name", "type", "period_start", "period_end", "state", "lines", "total", "currency",
      ])
      for invoice in invoices {
        csv.add([
          .plain(invoice.number.description), .text(invoice.company.text), .text(invoice.displayName),
          .plain(invoice.kind.rawValue), .plain(invoice.period.start.description),
          .plain(invoice.period.end.description), .plain(invoice.state.rawValue), .number(invoice.lineCount),
          .plain(invoice.total.description), .plain(invoice.currency.code),
        ])
      }
      return csv
    }
  }
}
