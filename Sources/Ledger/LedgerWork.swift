import Billing

/// What is asked of the ledger in one transaction.
struct LedgerWork {
  /// In the order of delivery: of two with one identifier the first is counted.
  var records: [RecordedUsage] = []
  /// Take effect after the records.
  var voids: [VoidedUsage] = []
  /// Companies and instants whose billing periods are needed though no record is known there yet.
  var moments: [Moment] = []

  struct Moment {
    let company: CompanyID
    let at: Instant
  }
}
