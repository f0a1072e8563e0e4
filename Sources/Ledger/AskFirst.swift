/// Whether a batch asks for known records before it copies its own.
struct AskFirst {
  /// After so many batches in a row without a known record, asking was for nothing.
  private static let patience = 16

  private(set) var isOn = false
  private var batchesWithoutKnown = 0

  /// A copy failed because the ledger holds one of its records.
  mutating func turnOn() {
    isOn = true
    batchesWithoutKnown = 0
  }

  mutating func note(found: Bool) {
    batchesWithoutKnown = found ? 0 : batchesWithoutKnown + 1
    if batchesWithoutKnown >= Self.patience { isOn = false }
  }
}
