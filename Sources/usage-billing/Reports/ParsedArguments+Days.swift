import Billing

extension ParsedArguments {
  /// The range of `--from` and `--to`; `nil` when neither is given.
  func days() throws(UsageError) -> BillingPeriod? {
    let rule = "a day: 2025-01-31"
    let from = try value("from", rule) { CivilDate($0) }
    let to = try value("to", rule) { CivilDate($0) }
    guard from != nil || to != nil else { return nil }
    guard let from, let to else { throw UsageError("--from and --to are given together") }
    guard let days = BillingPeriod(start: from, end: to) else { throw UsageError("--to must be after --from") }
    return days
  }
}
