import JSON
import Outbox

/// `outbox show`: everything that is known of one entry.
struct OutboxShowCommand: Command {
  let words = ["outbox", "show"]
  let summary = "Shows an entry: what it is, what was tried, what Stripe answered, what came of it."
  let usage = Usage(
    arguments: [Usage.Argument("ID", "the entry's id")], options: [.json],
    notes: """
      A meter event's id is its identifier at Stripe; invoice items, invoices and customers carry it in their metadata
      as entry_id. Where an entry was billed as an invoice item instead, or another took its place since Stripe did not
      count it, that one is shown with it.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let id = try arguments.entryID()
    let reader = try OutboxReader(try context.wiring(.database).openDatabase())
    let record = try reader.show(id)
    let successor = record.state.successor.flatMap { try? reader.show($0) }
    context.show(View(record: record, successor: successor), arguments)
    return .success
  }

  private struct View: Presentable {
    let record: EntryRecord
    let successor: EntryRecord?

    var text: String {
      guard let successor else { return Self.table(record) }
      return Self.table(record) + "\nInstead of it:\n\n" + Self.table(successor)
    }

    private static func table(_ record: EntryRecord) -> String {
      var table = Table([.text("Entry"), .text(record.id.description)])
      table.add(["Company", record.company.text])
      table.add(["Sequence", record.orderingKey.text])
      table.add(["What", record.effect.text])
      if case .meterEvent(let event) = record.effect { table.add(["Timestamp", event.timestamp.description]) }
      table.add(["State", record.state.word])
      table.add(["Why", record.state.reason])
      table.add(["Due", record.state.due?.description])
      table.add(["Written", record.createdAt.description])
      table.add(["Not to be sent after", record.sendBefore?.description])
      table.add(["Attempts", String(record.attempts)])
      table.add(["First attempt", record.firstAttemptAt?.description])
      table.add(["Last attempt", record.lastAttemptAt?.description])
      table.add(["Problem", record.problem?.code])
      table.add(["Stripe's answer", record.answer.map { String($0.status) }])
      table.add(["Stripe's request id", record.answer?.requestID?.text])
      table.add(["Reference at Stripe", record.reference?.text])
      table.add(["Settled", record.settledAt?.description])
      return table.text
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        record.encodeMembers(into: &$0)
        if let successor {
          $0.key("successor")
          successor.encode(into: &$0)
        }
      }
    }
  }
}
