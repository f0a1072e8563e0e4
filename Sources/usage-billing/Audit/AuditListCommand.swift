import Audit
import JSON

/// `audit list`: who did what by command.
struct AuditListCommand: Command {
  private static let limit = 100

  let words = ["audit", "list"]
  let summary = "Lists what people did by command, the latest first."
  let usage = Usage(
    options: [
      .value("since", "WHEN", "from this day or instant (UTC) on: 2025-01-31, 2025-01-31T12:00:00Z"),
      .value("action", "ACTION", "acts of one kind; see below"),
      .value("company", "COMPANY", "acts about this company"),
      .value("limit", "N", "\(limit) if left out"), .json,
    ],
    notes: """
      Acts whose effect is at the broker or at Stripe have two rows, begun and ended; the second is missing where the
      program died in between. Reasons that somebody typed are not kept here.
      Actions: \(AuditAction.allCases.map(\.rawValue).joined(separator: "\n  "))
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let question = try arguments.auditQuestion()
    let limit = try arguments.number("limit", 1...100_000) ?? Self.limit
    let connection = try context.wiring(.database).openDatabase()
    context.show(Listing(rows: try AuditReader(connection).list(question, limit: limit), limit: limit), arguments)
    return .success
  }

  private struct Listing: Presentable {
    let rows: [AuditRow]
    let limit: Int

    var text: String {
      guard !rows.isEmpty else { return "no such acts\n" }
      var table = Table([
        .number("#"), .text("At"), .text("Person"), .text("Action"), .text("Company"), .text("Facts"),
      ])
      for row in rows {
        table.add([
          String(row.number), row.actedAt.description, row.person, row.action, row.company, row.facts,
        ])
      }
      return table.text + (rows.count == limit ? "(the latest \(limit); --limit shows more)\n" : "")
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.key("rows")
        $0.array { array in for row in rows { Self.encode(row, into: &array) } }
      }
    }

    private static func encode(_ row: AuditRow, into json: inout JSONWriter) {
      json.object {
        $0.field("number", number: String(row.number))
        $0.field("at", row.actedAt.description)
        $0.field("person", row.person)
        $0.field("action", row.action)
        $0.field("companyId", optional: row.company)
        $0.key("facts")
        // A row that was tampered with may hold anything.
        if let facts = try? JSONValue.parse(Array(row.facts.utf8)) { $0.value(facts) } else { $0.string(row.facts) }
        $0.field("head", row.head.description)
      }
    }
  }
}
