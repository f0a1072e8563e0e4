import Audit
import Billing

extension Ledger {
  /// Takes one record back because a person asks for it. The audit log tells it in the same transaction, unless the record
  /// was taken back before.
  ///
  /// - Parameter record: what is taken back, for the log. Its usage id is not told there: it is text of a message.
  public func void(
    _ void: VoidedUsage, of record: RecordSearch.Found, by person: Person, now: Instant
  ) throws(LedgerError) -> Outcome {
    let result = try write(
      LedgerWork(records: [], voids: [void]), now: now,
      finish: { result throws(LedgerError) in
        guard result.voids == [.voided] else { return }
        let act = AuditAct(.usageVoided, company: void.companyID) {
          $0.set("metric", record.metric)
          $0.set("quantity", record.quantity)
          $0.set("timestamp", record.timestamp)
        }
        try audit(act, by: person, on: connection)
      })
    guard let outcome = result.voids.first else { throw .unexpected("a void came to nothing") }
    return outcome
  }
}
