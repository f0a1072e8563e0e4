import Billing
import PostgreSQL
import Storage

extension OutboxReader {
  /// Columns from here on depend on where the row comes from.
  private static let own = 14

  func record(waiting row: Row) throws(PostgreSQLError) -> EntryRecord {
    let state: EntryRecord.State =
      switch try row.decode(String.self, at: Self.own) {
      case "u": .unknown
      case "x": .dead
      case "e": .expired
      default: try queuedState(row)
      }
    return try record(row, state)
  }

  private func queuedState(_ row: Row) throws(PostgreSQLError) -> EntryRecord.State {
    if let hold = try row.decode(Hold?.self, at: Self.own + 3) { return .held(hold) }
    if let due = try row.decode(Instant?.self, at: Self.own + 2) { return .delayed(until: due) }
    if let lease = try row.decode(Instant?.self, at: Self.own + 4) { return .leased(until: lease) }
    return .waiting
  }

  func record(settled row: Row) throws(PostgreSQLError) -> EntryRecord {
    let state: EntryRecord.State =
      switch try row.decode(String.self, at: Self.own) {
      case "d": .delivered
      case "b": .deliveredBefore
      case "c": .converted(into: try row.decode(at: Self.own + 5))
      case "r": .rejected(successor: try row.decode(at: Self.own + 5))
      default: .discarded(reason: try row.decode(at: Self.own + 3), by: try row.decode(at: Self.own + 4))
      }
    return try record(
      row, state, reference: try row.decode(at: Self.own + 1), settledAt: try row.decode(at: Self.own + 2))
  }

  private func record(
    _ row: Row, _ state: EntryRecord.State, reference: RemoteID? = nil, settledAt: Instant? = nil
  ) throws(PostgreSQLError) -> EntryRecord {
    let status = try row.decode(Int?.self, at: 12)
    let request = try row.decode(RemoteID?.self, at: 13)
    return EntryRecord(
      id: try row.decode(at: 0), company: try row.decode(at: 1), orderingKey: try row.decode(at: 2),
      entryNumber: try row.decode(at: 3),
      effect: try effects.effect(try row.decode(at: 4), try row.decode(at: 5)), state: state,
      createdAt: try row.decode(at: 6), sendBefore: try row.decode(at: 7), attempts: try row.decode(at: 8),
      firstAttemptAt: try row.decode(at: 9), lastAttemptAt: try row.decode(at: 10), problem: try row.decode(at: 11),
      answer: status.map { Answer(status: $0, requestID: request) }, reference: reference, settledAt: settledAt)
  }
}
