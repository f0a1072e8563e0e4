import Audit
import Billing
import Faults
import Ledger
import PostgreSQL

/// Puts an archived month back into the ledger, to be read. It takes no records and no voids.
public struct Restorer {
  private let connection: Connection
  private let person: Person
  private let failpoints: Failpoints

  /// - Parameters:
  ///   - connection: its `queryTimeout` must allow for statements over a whole month.
  ///   - person: for the audit log.
  public init(_ connection: Connection, by person: Person, failpoints: Failpoints = .none) {
    self.connection = connection
    self.person = person
    self.failpoints = failpoints
  }

  /// Reads the file twice: to its end before anything is changed, and again into the database.
  ///
  /// - Returns: what was put back.
  public func restore(
    _ path: String, progress: (RetentionProgress) -> Void = { _ in }
  ) throws(RetentionError) -> LedgerMonth {
    try ArchiveLock.hold(on: connection) { () throws(RetentionError) in
      let first = try ArchiveFileReader(path: path)
      let (month, rows) = (first.header.month, Int(first.header.rows))
      try first.verify { progress(RetentionProgress(month: month, phase: .reading, done: Int($0), total: rows)) }
      try refuseUnlessArchived(month, checksum: first.checksum, path: path)
      let second = try ArchiveFileReader(path: path)
      try putBack(second) { progress(RetentionProgress(month: month, phase: .restoring, done: $0, total: rows)) }
      guard let restored = try LedgerMonth.all(on: connection).first(where: { $0.month == month }) else {
        throw .ledger(.unexpected("a month that was put back is not there"))
      }
      return restored
    }
  }

  private func refuseUnlessArchived(
    _ month: CivilDate, checksum: [UInt8], path: String
  ) throws(RetentionError) {
    let known = try LedgerMonth.all(on: connection).first { $0.month == month }
    switch known?.state {
    case .archived: break
    case .live: throw .unfit(path: path, reason: "\(month.monthText) is in the ledger, and was never archived")
    case .restored: throw .unfit(path: path, reason: "\(month.monthText) is in the ledger: it was put back before")
    case .detached:
      throw .unfit(path: path, reason: "\(month.monthText) is on its way into a file; finish that: retention archive")
    case nil: throw .unfit(path: path, reason: "this database has not archived \(month.monthText)")
    }
    guard known?.file?.checksum == checksum else {
      throw .unfit(
        path: path,
        reason: "its checksum is \(Hexadecimal.text(checksum)), and \(month.monthText) was archived with"
          + " \(known?.file?.checksumText ?? "none")")
    }
  }

  private func putBack(
    _ reader: ArchiveFileReader, _ progress: (Int) -> Void
  ) throws(RetentionError) {
    let table = try MonthTable(reader.header.month, on: connection)
    let settings = try database { () throws(PostgreSQLError) in try ArchiveText.set(on: connection) }
    defer { ArchiveText.reset(on: connection, to: settings) }
    try inTransaction(connection, month: table.month) { () throws(RetentionError) in
      try table.makeRecords()
      try refuseUnlessFits(reader, try table.columns())
      let names = try database { () throws(PostgreSQLError) in
        try reader.header.columns.map { column throws(PostgreSQLError) in try Identifier(column.name).quoted }
      }
      try copy("COPY \(table.records.quoted) (\(names.joined(separator: ", "))) FROM STDIN", reader, progress)
      try table.attachSealed()
      try table.audit(.monthRestored, reader.header.rows, by: person)
      failpoints.pass(RetentionStep.beforeRestore)
    }
    failpoints.pass(RetentionStep.afterRestore)
  }

  /// Columns that came since take their defaults.
  private func refuseUnlessFits(
    _ reader: ArchiveFileReader, _ columns: [ArchiveHeader.Column]
  ) throws(RetentionError) {
    if let missing = reader.header.columns.first(where: { !columns.contains($0) }) {
      throw .unfit(path: reader.path, reason: "the ledger has no column \(missing.name) of type \(missing.type)")
    }
  }

  private func copy(
    _ statement: String, _ reader: ArchiveFileReader, _ progress: (Int) -> Void
  ) throws(RetentionError) {
    let copied: Int
    do throws(CopyError<RetentionError>) {
      copied = try connection.copyIn(statement) { () throws(RetentionError) in
        let piece = try reader.next()
        progress(Int(reader.rows))
        return piece
      }
    } catch {
      switch error {
      case .database(let error): throw .ledger(.database(error))
      case .peer(let error): throw error
      }
    }
    guard Int64(copied) == reader.header.rows else {
      throw .unfit(path: reader.path, reason: "\(copied) rows were taken of \(reader.header.rows)")
    }
  }
}
