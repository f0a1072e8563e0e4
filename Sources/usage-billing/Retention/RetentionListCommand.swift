import JSON
import Ledger
import Retention

/// `retention list`: where the ledger's months are.
struct RetentionListCommand: Command {
  let words = ["retention", "list"]
  let summary = "Lists the ledger's months: rows, size, and the file that each was archived to."
  let usage = Usage(
    options: [.json],
    notes: """
      live: in the ledger. archived: in the file alone. restored: put back, to be read. detached: on its way into a file;
      retention archive finishes it. Rows of a month that was never archived are what the server believes (~).
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let months = try LedgerMonth.all(on: context.wiring(.database).openDatabase())
    context.show(Listing(months: months), arguments)
    return .success
  }

  private struct Listing: Presentable {
    let months: [LedgerMonth]

    var text: String {
      var table = Table([
        .text("Month"), .text("State"), .number("Rows"), .number("Bytes"), .text("File"), .text("SHA-256"),
        .text("Archived"), .text("By"),
      ])
      for month in months {
        table.add([
          month.month.monthText, month.state.rawValue,
          month.rows.map { month.file == nil ? "~\($0)" : String($0) }, String(month.bytes), month.file?.name,
          month.file?.checksumText, month.file?.archivedAt.description, month.file?.archivedBy,
        ])
      }
      return table.text
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.key("months")
        $0.array { array in for month in months { Self.encode(month, into: &array) } }
      }
    }

    private static func encode(_ month: LedgerMonth, into json: inout JSONWriter) {
      json.object {
        $0.field("month", month.month.monthText)
        $0.field("state", month.state.rawValue)
        if let rows = month.rows { $0.field(month.file == nil ? "estimatedRows" : "rows", number: String(rows)) }
        $0.field("bytes", number: String(month.bytes))
        if let file = month.file {
          $0.field("file", file.name)
          $0.field("sha256", file.checksumText)
          $0.field("archivedAt", file.archivedAt.description)
          $0.field("archivedBy", file.archivedBy)
        }
      }
    }
  }
}
