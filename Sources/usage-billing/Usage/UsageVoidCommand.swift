import Billing
import JSON
import Ledger
import PostgreSQL

/// `usage void`: takes a record back.
struct UsageVoidCommand: Command {
  let words = ["usage", "void"]
  let summary = "Takes a usage record back, once."
  let usage = Usage(
    arguments: [.company, Usage.Argument("USAGE_ID", "the record's id, as its message named it")],
    options: [
      .value("reason", "TEXT", "why, at most 512 characters; kept inside"),
      .value("month", "YYYY-MM", "the month of the record's timestamp (UTC), where the id stands in several"), .json,
    ],
    notes: """
      The record stays in the ledger, and one with the opposite sign is put beside it; totals follow at once. A threshold
      that was announced stays announced.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let company = try arguments.company()
    let id = try arguments.argument("USAGE_ID", "1 to 128 characters, none a control character") { UsageID($0) }
    let rule = "1 to 512 characters"
    let reason = try arguments.value("reason", rule) { Self.isReason($0) ? $0 : nil }
    guard let reason else { throw UsageError("--reason is missing: why is the record taken back?") }
    let month = try arguments.value("month", "a month: 2025-01") { CivilDate($0 + "-01") }
    let wiring = try context.wiring(.database)
    let connection = try Connection.forLedger(wiring.databaseConfiguration())
    let found = try RecordSearch(connection).records(id, of: company).filter { month == nil || $0.month == month }
    let record = try Self.only(found, try ArchivedMonths(connection))
    let void = VoidedUsage(usageID: id, companyID: company, timestamp: record.timestamp, reason: reason)
    let ledger = try Ledger(connection: connection)
    let isNew = try ledger.void(void, of: record, by: context.person, now: context.now) == .voided
    context.show(Result(company: company, id: id, record: record, isNew: isNew), arguments)
    return .success
  }

  private static func isReason(_ text: String) -> Bool {
    (1...512).contains(text.unicodeScalars.count) && !text.utf8.contains(0)
  }

  private static func only(
    _ found: [RecordSearch.Found], _ archived: ArchivedMonths
  ) throws -> RecordSearch.Found {
    // Also one that was put back: its month is closed for good.
    if let closed = found.last, found.allSatisfy({ archived.isClosed($0.month) }) {
      throw CommandFailure(
        "the record is of \(closed.month.monthText), which is archived: it cannot be taken back any more; make a credit"
      )
    }
    let found = found.filter { !archived.isClosed($0.month) }
    let standing = found.filter { !$0.isVoided }
    if standing.count == 1 { return standing[0] }
    guard standing.isEmpty else {
      let months = standing.map { String($0.month.description.dropLast(3)) }.joined(separator: ", ")
      throw UsageError("the id stands in several months: say which with --month: \(months)")
    }
    if let voided = found.last { return voided }
    if let last = archived.last {
      throw CommandFailure(
        "the ledger has no such record; what is of \(last.monthText) or before is archived, and cannot be taken back any"
          + " more: make a credit")
    }
    throw CommandFailure(
      "the ledger has no such record; if its message is still to come, send a usage.voided message with its timestamp")
  }

  private struct Result: Presentable {
    let company: CompanyID
    let id: UsageID
    let record: RecordSearch.Found
    let isNew: Bool

    var text: String {
      let what = "\(record.quantity) \(record.metric) of \(company) at \(record.timestamp)"
      return isNew ? "taken back: \(what)\n" : "was taken back before: \(what)\n"
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("companyId", company.text)
        $0.field("usageId", id.text)
        $0.field("metric", record.metric.text)
        $0.field("quantity", record.quantity.description)
        $0.field("timestamp", record.timestamp.description)
        $0.field("outcome", isNew ? "voided" : "already_voided")
      }
    }
  }
}
