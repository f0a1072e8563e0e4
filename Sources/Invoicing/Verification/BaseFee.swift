import Billing

/// What a base fee comes to for some days of a period, whichever days they are.
enum BaseFee {
  static func amount(_ fee: Amount, days: Int, of period: BillingPeriod) throws(MoneyError) -> Amount {
    try Membership(joined: period.start, left: period.start.adding(days: days)).share(of: fee, in: period)
  }
}
