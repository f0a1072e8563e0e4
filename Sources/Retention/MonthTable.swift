import Audit
import Billing
import Ledger
import PostgreSQL

/// A month's table: its records, and what the month before has reserved there.
///
/// Reservations go with the month that they stand in: whatever is archived lies before whatever is not, so both sides of
/// its first boundary are closed for good then.
struct MonthTable {
  let connection: Connection
  let month: CivilDate
  let records: QualifiedName

  /// Of `ensure_month`: partitions come and go one at a time.
  private static let partitionsLock = "SELECT pg_advisory_xact_lock(7361, 2)"
  /// A table that keeps the lock while it is vacuumed gives it up after a second or so.
  private static let attempts = 5

  init(_ month: CivilDate, on connection: Connection) throws(RetentionError) {
    self.connection = connection
    self.month = month
    let suffix = month.monthText.replacingDash
    records = try database { () throws(PostgreSQLError) in
      QualifiedName(try Identifier("billing"), try Identifier("ledger_\(suffix)"))
    }
  }

  /// Makes the rows known to be of the month, so that they are not looked through once others wait for the table.
  private func prove() throws(RetentionError) {
    try database { () throws(PostgreSQLError) in
      try connection.execute(
        """
        ALTER TABLE \(records.quoted) DROP CONSTRAINT IF EXISTS in_month;
        ALTER TABLE \(records.quoted) ADD CONSTRAINT in_month
          CHECK (month >= '\(month)' AND month < '\(month.firstOfNextMonth)')
        """)
    }
  }

  private var attaching: String {
    """
    ALTER TABLE billing.ledger ATTACH PARTITION \(records.quoted)
      FOR VALUES FROM ('\(month)') TO ('\(month.firstOfNextMonth)');
    ALTER TABLE \(records.quoted) DROP CONSTRAINT in_month
    """
  }

  // MARK: - Leaving the ledger

  /// Takes the table out of the ledger: nothing can reach its rows any more, and nothing can be added to the month or
  /// any before it. Recorders wait for the moment that it takes.
  func detach() throws(RetentionError) {
    try repeatedly { () throws(RetentionError) in
      try inTransaction(connection, month: month) { () throws(RetentionError) in
        try database { () throws(PostgreSQLError) in
          try connection.execute(Self.partitionsLock)
          _ = try connection.update(
            """
            INSERT INTO billing.archived_months (month, state) VALUES (\(month), 'd')
            ON CONFLICT (month) DO UPDATE SET state = 'd'
            """)
          try connection.execute("ALTER TABLE billing.ledger DETACH PARTITION \(records.quoted)")
        }
      }
    }
  }

  /// Undoes it.
  func reattach() throws(RetentionError) {
    try prove()
    try repeatedly { () throws(RetentionError) in
      try inTransaction(connection, month: month) { () throws(RetentionError) in
        try database { () throws(PostgreSQLError) in
          try connection.execute(Self.partitionsLock)
          try connection.execute(attaching)
          _ = try connection.update(
            """
            UPDATE billing.archived_months SET state = 'r' WHERE month = \(month) AND restored_at IS NOT NULL
            """)
          _ = try connection.update("DELETE FROM billing.archived_months WHERE month = \(month) AND state = 'd'")
        }
      }
    }
  }

  /// Drops the table: the file is all there is from now on.
  func drop(for file: WrittenFile, by person: Person, beforeCommit: () -> Void) throws(RetentionError) {
    try inTransaction(connection, month: month) { () throws(RetentionError) in
      try database { () throws(PostgreSQLError) in
        let noted = try connection.update(
          """
          UPDATE billing.archived_months SET state = 'a', file_name = \(file.name), rows = \(file.rows),
            checksum = \(file.checksum), archived_at = clock_timestamp(), archived_by = \(person.text), restored_at = NULL
          WHERE month = \(month) AND state = 'd'
          """)
        guard noted == 1 else { throw PostgreSQLError(.misuse, "the month is not detached") }
        try connection.execute("DROP TABLE \(records.quoted)")
      }
      try audit(.monthArchived, file.rows, by: person)
      beforeCommit()
    }
  }

  // MARK: - Coming back

  /// An empty table for the month's records, not in the ledger yet.
  func makeRecords() throws(RetentionError) {
    try database { () throws(PostgreSQLError) in
      try connection.execute("CREATE TABLE \(records.quoted) (LIKE billing.ledger INCLUDING ALL)")
    }
  }

  /// Puts the records into the ledger, in the open transaction. Of what comes, nothing gets in any more: also not from
  /// recorders who remember that the month was there.
  func attachSealed() throws(RetentionError) {
    try prove()
    try database { () throws(PostgreSQLError) in
      try connection.execute(
        """
        DO $$ DECLARE latest timestamptz; BEGIN
          SELECT max(recorded_at) INTO latest FROM \(records.quoted);
          EXECUTE format('ALTER TABLE \(records.quoted) ADD CONSTRAINT sealed CHECK (recorded_at <= %L::timestamptz)',
            coalesce(latest, '-infinity'));
        END $$;
        \(Self.partitionsLock);
        \(attaching)
        """)
      _ = try connection.update(
        "UPDATE billing.archived_months SET state = 'r', restored_at = clock_timestamp() WHERE month = \(month)")
    }
  }

  func audit(_ action: AuditAction, _ rows: Int64, by person: Person) throws(RetentionError) {
    let act = AuditAct(action) {
      $0.set("month", month)
      $0.set("rows", rows)
    }
    do throws(AuditError) {
      _ = try AuditLog(connection).append(act, by: person)
    } catch {
      throw .ledger(.unexpected("\(error)"))
    }
  }

  // MARK: - Looking

  /// Names and types, in order.
  func columns(of table: QualifiedName? = nil) throws(RetentionError) -> [ArchiveHeader.Column] {
    let name = table?.quoted ?? records.quoted
    return try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = \(name)::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
        """)
      var columns: [ArchiveHeader.Column] = []
      for row in rows { columns.append(.init(name: try row.decode(at: 0), type: try row.decode(at: 1))) }
      return columns
    }
  }

  private func repeatedly(_ body: () throws(RetentionError) -> Void) throws(RetentionError) {
    for _ in 1..<Self.attempts {
      do throws(RetentionError) {
        return try body()
      } catch {
        guard case .ledgerInUse = error else { throw error }
        // Those who waited behind this go first.
        _ = try database { () throws(PostgreSQLError) in try connection.query("SELECT pg_sleep(0.5)::text") }
      }
    }
    try body()
  }
}

extension String {
  /// `2024-01` becomes `2024_01`, as partitions are named.
  fileprivate var replacingDash: String { String(map { $0 == "-" ? "_" : $0 }) }
}
