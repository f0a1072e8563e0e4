import Audit
import JSON

/// `audit verify`: whether the audit log is as it was written.
struct AuditVerifyCommand: Command {
  let words = ["audit", "verify"]
  let summary = "Recomputes the audit log's chain and says where it is broken."
  let usage = Usage(
    options: [
      .value("expect-head", "N:HASH", "the head that an earlier run printed: all rows up to N must be those of then"),
      .json,
    ],
    notes: """
      A chain cannot tell that its last rows were cut off or replaced. Keep the printed head where the database's owner
      cannot write, and give it the next time. Exit status 1 when the chain is broken.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let expected = try arguments.value("expect-head", "a number, a colon and 64 hexadecimal digits") { AuditHead($0) }
    let connection = try context.wiring(.database).openDatabase()
    var bar: ProgressBar?
    let report = try AuditVerification(connection, expecting: expected).run { done, total in
      let shown = bar ?? context.progressBar("audit verify", total: total)
      bar = shown
      shown.advance(to: done)
    }
    bar?.finish()
    context.show(Result(report: report), arguments)
    return report.isIntact ? .success : .failure
  }

  private struct Result: Presentable {
    let report: AuditVerification.Report

    var text: String {
      guard !report.isIntact else { return "intact: \(report.rows) rows\nhead: \(report.head)\n" }
      let more = report.breaks - report.findings.count
      return report.findings.map { "\($0)\n" }.joined() + (more > 0 ? "and \(more) more\n" : "")
        + "broken: \(report.rows) rows\n"
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("intact", report.isIntact)
        $0.field("rows", report.rows)
        $0.field("head", report.head.description)
        $0.field("breaks", report.breaks)
        $0.key("findings")
        $0.array { array in
          for finding in report.findings {
            array.object {
              $0.field("row", number: String(finding.number))
              $0.field("kind", finding.kind)
              $0.field("detail", finding.description)
            }
          }
        }
      }
    }
  }
}
