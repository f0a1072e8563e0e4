/// Whether repeats of records that the ledger holds are to be expected: then a batch is inserted, minding each of them,
/// not copied. At a hundredth of repeats nearly every batch has one, and a copy that fails was for nothing.
struct RepeatWatch {
  /// So many batches in a row without a repeat, and none is expected any more.
  private static let patience = 16

  private enum Way {
    /// So many batches were copied since a copy failed.
    case copying(Int)
    /// A copy failed after many that did not: its batch is inserted, the next one copied again.
    case insertingOnce
    /// So many more batches are inserted, if none of them has a repeat.
    case inserting(Int)
  }

  private var way = Way.copying(patience)

  var isOn: Bool {
    if case .copying = way { false } else { true }
  }

  /// The ledger holds one of a batch's records.
  mutating func noteFailedCopy() {
    if case .copying(Self.patience...) = way { way = .insertingOnce } else { way = .inserting(Self.patience) }
  }

  /// A batch is written, by the way that was asked for.
  mutating func note(found: Bool) {
    switch way {
    case .copying(let count): way = .copying(min(count + 1, Self.patience))
    case .insertingOnce: way = .copying(0)
    case .inserting where found: way = .inserting(Self.patience)
    case .inserting(let rest): way = rest > 1 ? .inserting(rest - 1) : .copying(Self.patience)
    }
  }
}
