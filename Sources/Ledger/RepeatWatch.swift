/// Whether repeats of records that the ledger holds are to be expected: then a batch is inserted, minding each of them,
/// not copied. At a hundredth of repeats nearly every batch has one, and a copy that fails was for nothing.
struct RepeatWatch {
  /// After so many batches in a row without a repeat, they are copied again.
  private static let patience = 16

  private(set) var isOn = false
  private var batchesWithout = 0

  /// A copy failed because the ledger holds one of its records.
  mutating func turnOn() {
    isOn = true
    batchesWithout = 0
  }

  mutating func note(found: Bool) {
    batchesWithout = found ? 0 : batchesWithout + 1
    if batchesWithout >= Self.patience { isOn = false }
  }
}
