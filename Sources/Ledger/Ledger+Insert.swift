import Billing
import PostgreSQL

extension Ledger {
  /// Inserts what is new of a batch. What was counted before is taken out of it, or fills the mark of a void that came
  /// first.
  ///
  /// - Returns: whether there was any.
  func insert(_ batch: inout RecordBatch) throws(LedgerError) -> Bool {
    let entries = batch.entries
    var known: [Int: KnownRecord] = [:]
    var displaced: [Int] = []
    var positions = Array(entries.indices)
    while !positions.isEmpty {
      let part = positions.map { entries[$0] }
      let repeated = try database { () throws(PostgreSQLError) in
        try UsageTables.insert(part, to: connection).sorted()
      }
      guard !repeated.isEmpty else { break }
      let found = try database { () throws(PostgreSQLError) in
        try KnownRecord.find(repeated.map { part[$0] }, on: connection)
      }
      // What kept an id out was committed, so it is there to be seen, unless somebody deletes from the ledger by hand.
      guard found.count == repeated.count else { throw .contended }
      for (index, record) in found where !record.isReservation { known[positions[repeated[index]]] = record }
      positions = repeated.map { positions[$0] }.filter { known[$0] == nil }
      try database { () throws(PostgreSQLError) in
        for position in positions { try entries[position].ownReservation.giveUp(on: connection) }
      }
      displaced += positions
    }
    try database { () throws(PostgreSQLError) in
      // Another record of theirs, on the far side of the next boundary, has kept them out.
      for position in displaced where known[position] != nil {
        _ = try entries[position].ownReservation.make(on: connection)
      }
    }
    guard !known.isEmpty else { return false }
    for (entry, mark) in batch.dropKnown(known) { try fill(mark, with: entry) }
    return true
  }
}

extension Entry {
  /// What a record of the end of the month before may have in the entry's place.
  fileprivate var ownReservation: Reservation {
    Reservation(company: company.id, usageID: record.usageID, month: month)
  }
}
