import Audit
import Billing
import JSON
import Ledger
import Outbox

/// `outbox pause`: stops sending.
struct OutboxPauseCommand: Command {
  let words = ["outbox", "pause"]
  let summary = "Stops sending to Stripe, for a company or for all, until outbox resume."
  let usage = Usage(
    arguments: [OutboxArguments.optionalCompany], options: [.json],
    notes:
      "What is under way ends, nothing new is begun. Entries are written on; meter events that get too late expire.")

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let company = try arguments.optionalCompany()
    let connection = try context.wiring(.database).openDatabase()
    // A mistyped id must not pass for a paused company.
    if let company { _ = try CompanyStore(connection).show(company) }
    let person = context.person
    try changeOutbox(connection, by: person) { outbox throws(OutboxError) in
      let isNew = try outbox.pause(company, by: person.text)
      return ((), isNew ? AuditAct(.outboxPaused, company: company, scope(company)) : nil)
    }
    context.show(PauseResult(company: company, isPaused: true, note: nil), arguments)
    return .success
  }
}

/// `outbox resume`: sends again.
struct OutboxResumeCommand: Command {
  let words = ["outbox", "resume"]
  let summary = "Sends to Stripe again, for a company or for all."
  let usage = Usage(
    arguments: [OutboxArguments.optionalCompany], options: [.json],
    notes: "A company that was paused by itself stays so when all are resumed, and stays paused while all are.")

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let company = try arguments.optionalCompany()
    let connection = try context.wiring(.database).openDatabase()
    if let company { _ = try CompanyStore(connection).show(company) }
    let wasPaused = try changeOutbox(connection, by: context.person) { outbox throws(OutboxError) in
      let wasPaused = try outbox.resume(company)
      return (wasPaused, wasPaused ? AuditAct(.outboxResumed, company: company, scope(company)) : nil)
    }
    let left = try OutboxPause.read(connection)
    var note = wasPaused ? nil : "it was not paused"
    if company != nil, left.contains(where: { $0.company == nil }) { note = "all companies are still paused" }
    if company == nil, !left.isEmpty { note = "\(left.count) companies stay paused by themselves" }
    context.show(PauseResult(company: company, isPaused: false, note: note), arguments)
    return .success
  }
}

/// A row without a company could be about none.
private func scope(_ company: CompanyID?) -> (inout AuditFacts) -> Void {
  { if company == nil { $0.set("companies", "all") } }
}

private struct PauseResult: Presentable {
  let company: CompanyID?
  let isPaused: Bool
  let note: String?

  var text: String {
    let scope = company?.text ?? "all companies"
    return "\(scope): sending is \(isPaused ? "paused" : "resumed")\(note.map { "; \($0)" } ?? "")\n"
  }

  func encode(into json: inout JSONWriter) {
    json.object {
      $0.field("companyId", optional: company?.text)
      $0.field("paused", isPaused)
      $0.field("note", optional: note)
    }
  }
}
