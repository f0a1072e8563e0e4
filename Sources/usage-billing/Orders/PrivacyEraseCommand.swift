import Billing
import Glibc
import JSON
import Ledger
import Messages
import Operations
import PostgreSQL

/// `privacy erase`: forgets a person.
struct PrivacyEraseCommand: Command {
  let words = ["privacy", "erase"]
  let summary = "Deletes what leads from a person to records, which stay as they are."
  let usage = Usage(
    options: [
      .value("company", "ID", "whose patient or user it is"),
      .value("subject", "FILE", "a file that holds the person's id, as messages carry it; - for standard input"),
      .json,
    ],
    notes: """
      The id is read from a file or from standard input, never from the command line, where the shell's history and every
      user's list of processes would keep it. A line break at its end is not part of it. PATIENT_REFERENCE_KEY must have
      every key under which the person was ever seen. Refused while the patient is active, or has records in a billing
      period that is not closed. Totals and invoices stay the same.
      Archives of the ledger are not changed: months that may still hold the person are named. To have the person out of
      them, put each back (retention restore), erase again, archive it again, and delete the former file.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let rule = "1 to 128 of A-Z a-z 0-9 . _ : -"
    guard let company = try arguments.value("company", rule, { CompanyID($0) }) else {
      throw UsageError("--company is missing: whose patient or user is it?")
    }
    guard let source = arguments.value("subject") else {
      throw UsageError("--subject is missing: a file with the person's id, or - for standard input")
    }
    let wiring = try context.wiring([.database, .pseudonyms])
    let identifier = try Self.read(source)
    let person = try Pseudonymizer(wiring.requiredKeyring()).pseudonyms(company: company, identifier: identifier.span)
    let report = try SubjectErasure(wiring.openDatabase()).erase(person, of: company, by: context.person)
    context.show(Result(company: company, report: report), arguments)
    return .success
  }

  /// The id's bytes; whatever goes wrong, no error shows any of them.
  private static func read(_ source: String) throws -> [UInt8] {
    var bytes = try FileBytes.read(source == "-" ? "/dev/stdin" : source, limit: 4096)
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard PersonIdentifier.isValid(bytes.span) else {
      throw UsageError("the subject must be 1 to 256 characters, none a control character")
    }
    return bytes
  }

  private struct Result: Presentable {
    let company: CompanyID
    let report: SubjectErasure.Report

    var text: String {
      let isNothing = report.records == 0 && report.mappings == 0
      return
        (isNothing
        ? "nothing of this person was there\n"
        : "erased: \(report.mappings) mappings; \(report.records) records of \(company) are nobody's now\n") + notice
    }

    private var notice: String {
      guard !report.archivedMonths.isEmpty else { return "" }
      return """
        notice: archives may still hold the person's pseudonyms: \(ArchivedMonths.list(report.archivedMonths))
        To have them out: retention restore FILE, this command again, retention archive, and delete the former file.

        """
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("companyId", company.text)
        $0.field("mappings", report.mappings)
        $0.field("records", Int(report.records))
        if !report.archivedMonths.isEmpty {
          $0.key("archivedMonths")
          $0.array { array in for month in report.archivedMonths { array.string(month.monthText) } }
        }
      }
    }
  }
}
