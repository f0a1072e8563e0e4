import Billing
import JSON
import Outbox

/// `outbox rejections`: what Stripe took and does not count.
struct OutboxRejectionsCommand: Command {
  private static let limit = 100

  let words = ["outbox", "rejections"]
  let summary = "Lists Stripe's reports of meter events that it took and does not count, the latest first."
  let usage = Usage(
    options: [.value("limit", "N", "\(limit) if left out"), .json],
    notes: """
      Entries that a report names are opened again if it is certain that they are not counted: dead under ids of their
      own, with the reason, for outbox retry and outbox discard. For all others nothing is done: entries that were left as
      they are, and events that are not named or by names that are no entry's, are only listed here; reconcile shows
      which company lacks a quantity.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let limit = try arguments.number("limit", 1...100_000) ?? Self.limit
    let connection = try context.wiring(.database).openDatabase()
    let listing = Listing(
      records: try RejectionRecord.list(connection, limit: limit), readTo: try Rejections(connection).readTo(),
      limit: limit)
    context.show(listing, arguments)
    return .success
  }

  private struct Listing: Presentable {
    let records: [RejectionRecord]
    let readTo: Instant
    let limit: Int

    var text: String {
      var text = "no reports\n"
      if !records.isEmpty {
        var table = Table([
          .text("Report"), .text("At"), .text("Why"), .text("Meter"), .number("Events"), .number("Opened again"),
          .number("Left"), .number("Not named"),
        ])
        for record in records {
          table.add([
            record.event.text, record.createdAt.description, record.problem.code, record.meter?.text,
            String(record.events), String(record.reopened), String(record.notReopened), String(record.unnamed),
          ])
        }
        text = table.text + (records.count == limit ? "(the latest \(limit); --limit shows more)\n" : "")
      }
      return text + "read to \(readTo)\n"
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("readTo", readTo.description)
        $0.key("reports")
        $0.array { array in for record in records { Self.encode(record, into: &array) } }
      }
    }

    private static func encode(_ record: RejectionRecord, into json: inout JSONWriter) {
      json.object {
        $0.field("report", record.event.text)
        $0.field("createdAt", record.createdAt.description)
        $0.field("reason", record.problem.code)
        $0.field("meter", optional: record.meter?.text)
        $0.field("events", number: String(record.events))
        $0.field("reopened", number: String(record.reopened))
        $0.field("notReopened", number: String(record.notReopened))
        $0.field("notNamed", number: String(record.unnamed))
      }
    }
  }
}
