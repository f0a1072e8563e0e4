import Billing
import JSON
import Ledger

/// `companies list`: all companies, or those that nobody has registered.
struct CompaniesListCommand: Command {
  private static let pageSize = 1000

  let words = ["companies", "list"]
  let summary = "Lists companies."
  let usage = Usage(
    options: [.flag("unregistered", "only those seen in messages and not yet registered"), .json, .csv],
    notes: """
      Usage of an unregistered company is counted, but nothing is announced or billed. A mistyped id shows up here:
      its messages have to be sent again under the right one and the counted records voided.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let connection = try context.wiring(.database).openDatabase()
    let store = CompanyStore(connection)
    var companies: [CompanySummary] = []
    while true {
      let page = try store.list(
        unregistered: arguments.flag("unregistered"), after: companies.last?.id, limit: Self.pageSize)
      companies += page
      if page.count < Self.pageSize { break }
    }
    context.show(Listing(companies: companies), arguments)
    return .success
  }

  private struct Listing: Tabular {
    let companies: [CompanySummary]

    var text: String {
      guard !companies.isEmpty else { return "no companies\n" }
      var table = Table([
        .text("Company"), .text("Name"), .text("Plan"), .text("Currency"), .text("Status"), .text("Registered"),
        .text("First seen"), .number("Records"),
      ])
      for company in companies {
        table.add([
          company.id.text, company.displayName, company.plan?.text, company.currency, company.status,
          company.registeredAt?.date.description ?? "no", company.createdAt.date.description, String(company.events),
        ])
      }
      return table.text
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.key("companies")
        $0.array { for company in companies { Self.encode(company, into: &$0) } }
      }
    }

    var csv: CSV {
      var csv = CSV([
        "companyId", "name", "plan", "currency", "status", "registered", "registeredAt", "createdAt", "events",
      ])
      for company in companies {
        csv.add([
          .text(company.id.text), .text(company.displayName), .text(company.plan?.text), .plain(company.currency),
          .plain(company.status), .flag(company.registeredAt != nil), .plain(company.registeredAt?.description),
          .plain(company.createdAt.description), .number(company.events),
        ])
      }
      return csv
    }

    private static func encode(_ company: CompanySummary, into json: inout JSONWriter) {
      json.object {
        $0.field("companyId", company.id.text)
        $0.field("name", optional: company.displayName)
        $0.field("registered", company.registeredAt != nil)
        $0.field("registeredAt", optional: company.registeredAt?.description)
        $0.field("plan", optional: company.plan?.text)
        $0.field("currency", optional: company.currency)
        $0.field("status", company.status)
        $0.field("createdAt", company.createdAt.description)
        $0.field("events", Int(company.events))
      }
    }
  }
}
