import Audit
import Billing
import Faults
import Ledger
import PostgreSQL

/// Moves old months of the ledger into files, the oldest first, one at a time.
///
/// Whenever it is killed, the month's rows are in the ledger, in a table beside it, or in a file whose checksum the
/// database knows; archiving again goes on from there.
public struct Archiver {
  private let connection: Connection
  private let folder: ArchiveFolder
  private let maximumAgeDays: Int
  private let person: Person
  private let failpoints: Failpoints

  /// - Parameters:
  ///   - connection: its `queryTimeout` must allow for statements over a whole month.
  ///   - folder: must be there.
  ///   - maximumAge: `MAX_USAGE_AGE`, in days.
  ///   - person: for the audit log.
  public init(
    _ connection: Connection, folder: String, maximumAge days: Int, by person: Person, failpoints: Failpoints = .none
  ) {
    self.connection = connection
    self.folder = ArchiveFolder(path: folder)
    maximumAgeDays = days
    self.person = person
    self.failpoints = failpoints
  }

  /// Which months are meant.
  public struct Selection: Sendable {
    /// The first day of the first month that stays.
    public let before: CivilDate
    /// Months that were put back into the ledger, too.
    public let includesRestored: Bool
    /// How many at most.
    public let most: Int

    public init(before: CivilDate, includesRestored: Bool = true, most: Int = .max) {
      self.before = before
      self.includesRestored = includesRestored
      self.most = most
    }
  }

  /// Archives month after month, until none is left or one has to stay: what is archived always lies before what is not.
  ///
  /// - Parameters:
  ///   - shouldStop: asked again and again; the month in hand goes back to where it was.
  ///   - progress: told what is done.
  ///   - archived: told of each month that was archived.
  public func run(
    _ selection: Selection, now: Instant, shouldStop: () -> Bool = { false },
    progress: (RetentionProgress) -> Void = { _ in }, archived: (ArchivedFile) -> Void
  ) throws(RetentionError) {
    try ArchiveLock.hold(on: connection) { () throws(RetentionError) in
      let months = try LedgerMonth.all(on: connection).filter { month in
        guard month.month < selection.before else { return false }
        return switch month.state {
        case .live, .detached: true
        case .restored: selection.includesRestored
        case .archived: false
        }
      }
      for month in months.prefix(selection.most) {
        if shouldStop() { throw .stopped }
        try archive(month, now: now, shouldStop, progress)
        let done = try LedgerMonth.all(on: connection).first { $0.month == month.month }
        if let file = done?.file { archived(file) }
      }
    }
  }

  private func archive(
    _ found: LedgerMonth, now: Instant, _ shouldStop: () -> Bool, _ progress: (RetentionProgress) -> Void
  ) throws(RetentionError) {
    let month = found.month
    let table = try MonthTable(month, on: connection)
    let checks = ArchiveChecks(connection: connection, month: month, maximumAgeDays: maximumAgeDays, now: now)
    // First what costs nothing: a folder that takes no file.
    let writer: ArchiveFileWriter
    do throws(RetentionError) {
      try Self.refuse(month, checks.young())
      writer = try ArchiveFileWriter(path: folder.partialPath(of: month))
      if found.state != .detached {
        try Self.refuse(
          month,
          try checks.all { progress(RetentionProgress(month: month, phase: .checking, done: $0, total: $1)) })
      }
    } catch {
      if found.state == .detached { try? table.reattach() }
      throw error
    }
    if found.state != .detached { try table.detach() }
    failpoints.pass(RetentionStep.afterDetach)
    do throws(RetentionError) {
      let (refusals, rows) = try checks.settled(table)
      try Self.refuse(month, refusals)
      let file = try write(table, rows: rows, to: writer, shouldStop, progress)
      try table.drop(for: file, by: person) { failpoints.pass(RetentionStep.beforeDrop) }
    } catch {
      // Where the connection is gone this fails, and the next attempt goes on.
      if !error.isConnectionLost { try? table.reattach() }
      throw error
    }
    failpoints.pass(RetentionStep.afterDrop)
  }

  private static func refuse(_ month: CivilDate, _ refusals: [RetentionRefusal]) throws(RetentionError) {
    guard refusals.isEmpty else { throw .refused(month, refusals) }
  }

  private func write(
    _ table: MonthTable, rows: Int64, to writer: ArchiveFileWriter, _ shouldStop: () -> Bool,
    _ progress: (RetentionProgress) -> Void
  ) throws(RetentionError) -> WrittenFile {
    let header = ArchiveHeader(month: table.month, columns: try table.columns(), rows: rows)
    try writer.write(header)
    try copy(table, to: writer) { done throws(RetentionError) in
      failpoints.pass(RetentionStep.whileWriting)
      if shouldStop() { throw .stopped }
      progress(RetentionProgress(month: table.month, phase: .writing, done: done, total: Int(rows)))
    }
    let checksum = try writer.finish()
    failpoints.pass(RetentionStep.afterWrite)
    let reader = try ArchiveFileReader(path: writer.path)
    try reader.verify { done throws(RetentionError) in
      if shouldStop() { throw .stopped }
      progress(RetentionProgress(month: table.month, phase: .reading, done: Int(done), total: Int(rows)))
    }
    guard reader.header == header, reader.checksum == checksum else {
      throw .file(path: writer.path, reason: "what was read back is not what was written; look at the disk")
    }
    failpoints.pass(RetentionStep.afterVerify)
    let name = folder.name(of: table.month, checksum: checksum)
    try folder.publish(writer.path, as: name)
    writer.keep()
    failpoints.pass(RetentionStep.afterRename)
    return WrittenFile(name: name, rows: rows, checksum: checksum)
  }

  /// The same rows come to the same bytes: in the order in which the table has them, by settings that do not depend on the
  /// session's.
  private func copy(
    _ table: MonthTable, to writer: ArchiveFileWriter, _ step: (Int) throws(RetentionError) -> Void
  ) throws(RetentionError) {
    let names = try database { () throws(PostgreSQLError) in try ArchiveText.set(on: connection) }
    defer { ArchiveText.reset(on: connection, to: names) }
    var done = 0
    do throws(CopyError<RetentionError>) {
      try connection.copyOut("COPY \(table.records.quoted) TO STDOUT") { row throws(RetentionError) in
        try writer.write(row)
        done += 1
        if done == 1 || done.isMultiple(of: 1000) { try step(done) }
      }
    } catch {
      switch error {
      case .database(let error): throw .ledger(.database(error))
      case .peer(let error): throw error
      }
    }
  }
}
