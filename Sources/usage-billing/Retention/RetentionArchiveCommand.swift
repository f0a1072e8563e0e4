import Billing
import Ledger
import PostgreSQL
import Retention

/// `retention archive`: moves old months of the ledger into files.
struct RetentionArchiveCommand: Command {
  let words = ["retention", "archive"]
  let summary = "Moves months of the ledger into files, the oldest first, and drops them; totals and invoices stay."
  let usage = Usage(
    options: [
      .value("before", "YYYY-MM", "the first month that stays; one that may not leave yet ends it"),
      .value("to", "FOLDER", "where the files go; ARCHIVE_FOLDER if left out"),
    ],
    notes: """
      A month leaves only when usage of it is too old to be accepted (MAX_USAGE_AGE), every record in it is billed, no void
      in it awaits its record, and its totals equal its records. It is written to a file (COPY text, zstd), which is made
      durable and read back before the month is dropped. Killed at any moment, run it again: nothing is lost, and it goes
      on. Workers may run. Of an archived month, nothing can be recorded or taken back any more. Audited.
      Files hold what messages said of people: metadata, and pseudonyms. They are readable to their owner alone; keep them
      as you keep the database.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let before = try arguments.value("before", "a month: 2024-01") { CivilDate($0 + "-01") }
    guard let before else { throw UsageError("--before is missing: which is the first month that stays?") }
    let wiring = try context.wiring(.database)
    guard let folder = arguments.value("to") ?? wiring.configuration.archiveFolder else {
      throw UsageError("--to is missing, and ARCHIVE_FOLDER is not set: where do the files go?")
    }
    let archiver = Archiver(
      try RetentionSession.open(wiring), folder: folder, maximumAge: wiring.configuration.maximumUsageAgeDays,
      by: context.person, failpoints: wiring.failpoints)
    let bars = RetentionBars(context)
    var count = 0
    try archiver.run(Archiver.Selection(before: before), now: context.now, progress: bars.show) { file in
      bars.finish()
      count += 1
      context.output.line(
        "archived \(file.month.monthText): \(file.rows) rows, \(file.name), sha256 \(file.checksumText)")
    }
    bars.finish()
    if count == 0 { context.output.line("no month before \(before.monthText) is in the ledger") }
    return .success
  }
}

/// A database session for work over whole months.
enum RetentionSession {
  private static let timeout: Duration = .seconds(3600)

  static func open(_ wiring: Wiring) throws -> Connection {
    let connection = try wiring.openDatabase()
    connection.queryTimeout = timeout
    return connection
  }
}

/// One bar for each phase of a month.
final class RetentionBars {
  private let context: Context
  private var bar: (month: CivilDate, phase: RetentionProgress.Phase, bar: ProgressBar)?

  init(_ context: Context) { self.context = context }

  func show(_ progress: RetentionProgress) {
    if bar?.month != progress.month || bar?.phase != progress.phase {
      finish()
      let title = "\(progress.phase.rawValue) \(progress.month.monthText)"
      bar = (progress.month, progress.phase, context.progressBar(title, total: progress.total))
    }
    bar?.bar.advance(to: progress.done)
  }

  func finish() {
    bar?.bar.finish()
    bar = nil
  }
}
