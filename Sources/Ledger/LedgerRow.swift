import Billing

/// A row that a batch writes into the ledger: a record, or the reservation of its id in the month after.
///
/// A record of a month's last two days must keep its id out of the next month's first two. So it takes the key there, too,
/// with a row that says nothing else: a record on the other side meets it, or it meets that record.
struct LedgerRow {
  let entry: Entry
  /// The entry's place in the batch.
  let position: Int
  let isReservation: Bool

  var month: CivilDate { isReservation ? entry.reservedMonth ?? entry.month : entry.month }
  var kind: StaticString { isReservation ? "r" : "u" }
  /// Nothing but the key is of a reservation.
  var record: RecordedUsage? { isReservation ? nil : entry.record }
  var occurredAt: Instant { record?.timestamp ?? month.start }
  var metric: String { record?.metric.name.text ?? "" }
  var quantity: Quantity { record?.quantity ?? .zero }
  var counted: Quantity { isReservation ? .zero : entry.counted }

  /// The rows of `forEach`.
  static func all(of entries: [Entry]) -> [LedgerRow] {
    var rows: [LedgerRow] = []
    rows.reserveCapacity(entries.count)
    forEach(of: entries) { rows.append($0) }
    return rows
  }

  /// The rows of entries in the batch's order, in the order of their keys. Of two with one key, which only a record and
  /// another's reservation can have, the record comes first.
  static func forEach(of entries: [Entry], _ body: (LedgerRow) -> Void) {
    // Late in one month, and so in the order of their keys in the next one as well.
    var reservations = entries.indices.filter { entries[$0].reservedMonth != nil }[...]
    for (position, entry) in entries.enumerated() {
      while let first = reservations.first, entries[first].isReservedBefore(entry) {
        body(LedgerRow(entry: entries[first], position: first, isReservation: true))
        reservations.removeFirst()
      }
      body(LedgerRow(entry: entry, position: position, isReservation: false))
    }
    for position in reservations { body(LedgerRow(entry: entries[position], position: position, isReservation: true)) }
  }

  func hasSameKey(as other: LedgerRow) -> Bool {
    month == other.month && entry.company === other.entry.company
      && entry.record.usageID == other.entry.record.usageID
  }
}

extension Entry {
  /// Whether the key of its reservation comes before that of another's record.
  fileprivate func isReservedBefore(_ other: Entry) -> Bool {
    guard let reservedMonth, reservedMonth == other.month else { return (reservedMonth ?? month) < other.month }
    if company !== other.company { return company.id < other.company.id }
    return record.usageID < other.record.usageID
  }
}
