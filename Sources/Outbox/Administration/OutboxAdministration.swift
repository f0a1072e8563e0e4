import Billing
import PostgreSQL
import Storage

/// What people decide about entries. Everything happens within the caller's transaction, so that it can be audited in the
/// same one.
public struct OutboxAdministration {
  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Sends an entry whose fate is unknown, or that is dead, as if for the first time: whoever asks for it has made sure that
  /// it did not arrive. An entry that waits for its next attempt gets it now, as a repetition.
  ///
  /// - Returns: whose entry it is.
  /// - Throws: `unknownEntry`, `alreadySettled`, `expired`, or the database's error.
  @discardableResult
  public func retry(_ id: EntryID) throws(OutboxError) -> CompanyID {
    let entry = try lock(id)
    guard entry.state != "e" else { throw .expired(id) }
    try database { () throws(PostgreSQLError) in
      if entry.state != "q" {
        _ = try connection.update(
          """
          UPDATE billing.outbox_entries
          SET state = 'q', problem = NULL, first_attempt_at = NULL, key_generation = key_generation + 1
          WHERE company_id = \(entry.key.company) AND ordering_key = \(entry.key.orderingKey)
            AND entry_no = \(entry.number)
          """)
      }
      // A held sequence stays so: what it waits for has not happened.
      _ = try connection.update(
        """
        UPDATE billing.outbox_keys SET state = 'w', due_at = NULL
        WHERE company_id = \(entry.key.company) AND ordering_key = \(entry.key.orderingKey) AND state IN ('d', 'i')
        """)
    }
    return entry.key.company
  }

  /// Takes an entry out for good, without sending it; it is kept with the reason.
  ///
  /// - Returns: whose entry it was.
  /// - Throws: `unknownEntry`, `alreadySettled`, `beingSent`, or the database's error.
  @discardableResult
  public func discard(_ id: EntryID, reason: String, by person: String) throws(OutboxError) -> CompanyID {
    var months = OutboxHistory.Months()
    try months.ensure(on: connection)
    let entry = try lock(id)
    // Somebody whose lease has ended may still settle it, until the sequence is leased anew or this ends the lease.
    guard entry.state != "q" || !entry.isLeased else { throw .beingSent(id) }
    try database { () throws(PostgreSQLError) in
      let departure = Departure(connection: connection)
      try departure.discard(entry.key, entry.number, reason: reason, by: person)
      if entry.state == "q" { try departure.endLeases(of: [entry.key]) }
    }
    return entry.key.company
  }

  /// Stops sending for a company, or for all: what is under way ends, nothing new is begun.
  ///
  /// - Returns: whether it was not paused before.
  @discardableResult
  public func pause(_ company: CompanyID?, by person: String) throws(OutboxError) -> Bool {
    let count = try database { () throws(PostgreSQLError) in
      try connection.update(
        """
        INSERT INTO billing.outbox_pauses (company_id, paused_by) VALUES (\(company?.text ?? "*"), \(person))
        ON CONFLICT DO NOTHING
        """)
    }
    return count > 0
  }

  /// - Returns: whether it was paused. A company stays paused while all are.
  @discardableResult
  public func resume(_ company: CompanyID?) throws(OutboxError) -> Bool {
    let count = try database { () throws(PostgreSQLError) in
      try connection.update("DELETE FROM billing.outbox_pauses WHERE company_id = \(company?.text ?? "*")")
    }
    if let company { try OutboxHolds.release(company, on: connection) }
    return count > 0
  }

  private struct Locked {
    let key: SequenceKey
    let number: Int64
    let state: String
    let isLeased: Bool
  }

  /// Locks the entry's sequence, then reads what the entry is by then.
  private func lock(_ id: EntryID) throws(OutboxError) -> Locked {
    let entry = try OutboxReader(connection).show(id)
    guard entry.settledAt == nil else { throw .alreadySettled(id) }
    let locked = try database { () throws(PostgreSQLError) -> Locked? in
      let lease = try connection.query(
        """
        SELECT lease_until > now() FROM billing.outbox_keys
        WHERE company_id = \(entry.company) AND ordering_key = \(entry.orderingKey) FOR UPDATE
        """
      ).one()
      let state = try connection.query(
        """
        SELECT state::text FROM billing.outbox_entries
        WHERE company_id = \(entry.company) AND ordering_key = \(entry.orderingKey)
          AND entry_no = \(entry.entryNumber)
        """
      ).first
      guard let state else { return nil }
      return Locked(
        key: SequenceKey(entry.company, entry.orderingKey), number: entry.entryNumber, state: try state.decode(at: 0),
        isLeased: try lease.decode(at: 0))
    }
    guard let locked else { throw .alreadySettled(id) }
    return locked
  }
}
