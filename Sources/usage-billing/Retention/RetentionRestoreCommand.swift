import Ledger
import Retention

/// `retention restore`: puts an archived month back.
struct RetentionRestoreCommand: Command {
  let words = ["retention", "restore"]
  let summary = "Puts an archived month back into the ledger, to be read."
  let usage = Usage(
    arguments: [Usage.Argument("FILE", "the archive, as retention list names it")],
    notes: """
      The file is read to its end before anything is changed: it must be, byte for byte, what this database archived. The
      month's records are in the ledger again then, exactly as they were; none can be added or taken back. Archive it again
      when it is not needed any more. The file stays. Audited.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let path = try arguments.argument("FILE")
    let wiring = try context.wiring(.database)
    let restorer = Restorer(try RetentionSession.open(wiring), by: context.person, failpoints: wiring.failpoints)
    let bars = RetentionBars(context)
    defer { bars.finish() }
    let month = try restorer.restore(path, progress: bars.show)
    bars.finish()
    context.output.line("\(month.month.monthText) is in the ledger again: \(month.rows ?? 0) rows")
    return .success
  }
}
