import Billing

/// A batch's records put in key order, each identifier once.
struct RecordBatch {
  /// By month, then in the order of the ledger's key: COPY writes one partition after the other, so that any other order
  /// would not be the order in which keys are locked.
  private(set) var entries: [Entry]
  /// By place in the batch as delivered.
  private(set) var outcomes: [Outcome]

  /// Entries of one company and usage id stand next to each other once sorted, so repeats within the batch are found
  /// without a table; the first delivered wins.
  init(_ unsorted: [Entry]) {
    outcomes = Array(repeating: .counted, count: unsorted.count)
    let sorted = RecordOrder.sorted(unsorted)
    entries = sorted.entries
    if sorted.hasRepeats { dropRepeats() }
    groupByMonth()
  }

  /// Takes out what the ledger holds already.
  ///
  /// - Parameter known: by position in `entries`.
  /// - Returns: the entries whose void came first; they are to be filled in where it left its mark.
  mutating func dropKnown(_ known: [Int: KnownRecord]) -> [(entry: Entry, mark: KnownRecord)] {
    guard !known.isEmpty else { return [] }
    var awaited: [(entry: Entry, mark: KnownRecord)] = []
    var fresh: [Entry] = []
    fresh.reserveCapacity(entries.count)
    for (position, entry) in entries.enumerated() {
      guard let record = known[position] else {
        fresh.append(entry)
        continue
      }
      if record.isAwaited {
        outcomes[entry.order] = .voided
        awaited.append((entry, record))
      } else {
        outcomes[entry.order] = .duplicate(isConflict: record.conflicts(with: entry.record))
      }
    }
    entries = fresh
    return awaited
  }

  /// Most batches are of one month and stay as they are.
  private mutating func groupByMonth() {
    guard let first = entries.first?.month, entries.indices.contains(where: { entries[$0].month != first }) else {
      return
    }
    let months = Set(entries.map(\.month))
    entries = months.sorted().flatMap { month in entries.filter { $0.month == month } }
  }

  private mutating func dropRepeats() {
    var kept: [Entry] = []
    kept.reserveCapacity(entries.count)
    var run = 0
    for entry in entries {
      if let first = kept.last, first.company !== entry.company || first.record.usageID != entry.record.usageID {
        run = kept.count
      }
      if let original = kept[run...].first(where: { $0.isSameKey(as: entry) }) {
        outcomes[entry.order] = .duplicate(isConflict: original.conflicts(with: entry))
        continue
      }
      kept.append(entry)
    }
    entries = kept
  }
}

extension Entry {
  /// For two entries of one company and usage id: whether the ledger takes only one of them.
  fileprivate func isSameKey(as other: Entry) -> Bool {
    month == other.month || (boundary != nil && boundary == other.boundary)
  }

  fileprivate func conflicts(with other: Entry) -> Bool {
    record.metric.name != other.record.metric.name || record.quantity != other.record.quantity
      || record.subject?.newest != other.record.subject?.newest
  }
}
