import Audit
import JSON
import Outbox

/// `outbox discard`: gives an entry up.
struct OutboxDiscardCommand: Command {
  let words = ["outbox", "discard"]
  let summary = "Takes an entry out for good, without sending it; the reason is kept with it."
  let usage = Usage(
    arguments: [Usage.Argument("ID", "the entry's id")],
    options: [.value("reason", "TEXT", "why, at most 512 characters; kept inside"), .json],
    notes: """
      What it would have told Stripe is not told by anything else: its usage counts as reported. Discard what is at
      Stripe already, or shall never be there. Who did it is kept, too.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let id = try arguments.entryID()
    let reason = try arguments.value("reason", "1 to 512 characters, none a control character") { text in
      Self.isReason(text) ? text : nil
    }
    guard let reason else { throw UsageError("--reason is missing: why may the entry go?") }
    let connection = try context.wiring(.database).openDatabase()
    let person = context.person
    try changeOutbox(connection, by: person) { outbox throws(OutboxError) in
      let company = try outbox.discard(id, reason: reason, by: person.text)
      return ((), AuditAct(.outboxEntryDiscarded, company: company) { $0.set("entry", id) })
    }
    context.show(Result(id: id, reason: reason, person: person), arguments)
    return .success
  }

  private static func isReason(_ text: String) -> Bool {
    (1...512).contains(text.unicodeScalars.count) && text.contains { !$0.isWhitespace }
      && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  private struct Result: Presentable {
    let id: EntryID
    let reason: String
    let person: Person

    var text: String { "\(id) discarded by \(person): \(reason)\n" }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("id", id.description)
        $0.field("state", "discarded")
        $0.field("reason", reason)
        $0.field("discardedBy", person.text)
      }
    }
  }
}
