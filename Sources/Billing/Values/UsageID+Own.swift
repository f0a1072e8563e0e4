/// The identifiers that the product itself gives to records.
///
/// A record that was taken back stays in the ledger, and its id is used up with it. So what is recorded anew gets the next
/// number behind its id; the first record has none.
extension UsageID {
  /// - Parameter record: which of the order's records it is, from 1.
  public static func order(_ surrogate: Surrogate, record: Int) -> UsageID {
    UsageID(trusted: numbered("order:\(surrogate)", record))
  }

  /// - Parameter record: which of the patient's records for this period it is, from 1.
  public static func activation(_ surrogate: Surrogate, periodStart: CivilDate, record: Int) -> UsageID {
    UsageID(trusted: numbered("activation:\(surrogate):\(periodStart)", record))
  }

  private static func numbered(_ id: String, _ record: Int) -> String { record > 1 ? "\(id):\(record)" : id }
}
