import Audit
import JSON
import Ledger
import Outbox

/// `outbox retry`: sends what waits for a person.
struct OutboxRetryCommand: Command {
  /// Entries in one transaction: sending goes on beside it.
  private static let portion = 500

  let words = ["outbox", "retry"]
  let summary = "Sends entries again that are dead, or of which nobody knows whether they arrived."
  let usage = Usage(
    arguments: [Usage.Argument("ID", "one entry", .optional)],
    options: [.flag("all-dead", "every dead entry"), OutboxArguments.company, .json],
    notes: """
      Dead entries: mend the cause first. Unknown ones: look at Stripe first; the entry is sent as if for the first time,
      so that one which did arrive would be there twice (a meter event only if its identifier is older than a day). If it
      is there: outbox discard. A delayed entry is sent at once.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let id = try arguments.optionalEntryID()
    let company = try arguments.companyOption()
    guard (id != nil) != arguments.flag("all-dead") else { throw UsageError("say which: ID or --all-dead") }
    guard id == nil || company == nil else { throw UsageError("--company goes with --all-dead, not with ID") }
    let connection = try context.wiring(.database).openDatabase()
    if let id {
      try changeOutbox(connection, by: context.person) { outbox throws(OutboxError) in
        let company = try outbox.retry(id)
        return ((), AuditAct(.outboxEntryRetried, company: company) { $0.set("entry", id) })
      }
      context.show(Result(count: 1), arguments)
      return .success
    }
    if let company { _ = try CompanyStore(connection).show(company) }
    var count = 0
    var last = Self.portion
    while last == Self.portion {
      last = try changeOutbox(connection, by: context.person) { _ throws(OutboxError) in
        let count = try DeadEntries(connection).retry(of: company, limit: Self.portion)
        let act = AuditAct(.outboxEntryRetried, company: company) { $0.set("deadEntries", count) }
        return (count, count > 0 ? act : nil)
      }
      count += last
    }
    context.show(Result(count: count), arguments)
    return .success
  }

  private struct Result: Presentable {
    let count: Int

    var text: String { "\(count) to be sent\n" }

    func encode(into json: inout JSONWriter) { json.object { $0.field("retried", count) } }
  }
}
