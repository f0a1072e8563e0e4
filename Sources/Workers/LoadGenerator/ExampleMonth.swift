import Billing

/// The worked example of a month: 1,250 orders, 980 invoices, daily storage samples up to 45 GB, 50,000 API calls and 120
/// AI jobs, which come to 279.50 on the default plan, with the base fee 478.50.
///
/// API calls are sent ten in a message, all else one by one.
struct ExampleMonth {
  private static let orders = 1250
  private static let invoices = 980
  private static let callMessages = 5000
  private static let callsPerMessage = "10"
  private static let jobs = 120
  private static let gigabytes = 45
  /// Prime and greater than all counts: multiplying by it shuffles.
  private static let shuffle = 7919

  private let company: CompanyID
  private let numbers: SeededNumbers
  private let month: BillingPeriod

  /// `nil` when there is no month after `day`'s.
  init?(_ company: CompanyID, monthOf day: CivilDate, seed: UInt64) {
    guard let month = BillingPeriod(start: day.firstOfMonth, end: day.firstOfNextMonth) else { return nil }
    self.company = company
    self.month = month
    numbers = SeededNumbers(seed: seed)
  }

  var count: Int { Self.orders + Self.invoices + Self.callMessages + Self.jobs + month.days }

  func record(_ index: Int) -> LoadRecord {
    var place = index * Self.shuffle % count
    for (metric, messages, quantity) in [
      ("order", Self.orders, "1"), ("invoice", Self.invoices, "1"),
      ("api_call", Self.callMessages, Self.callsPerMessage),
      ("ai_job", Self.jobs, "1"),
    ] {
      if place < messages { return record(metric, place, quantity, at: randomInstant(index)) }
      place -= messages
    }
    // Growing to its greatest on the last day but two, and falling after: the last sample is not the greatest.
    let isFalling = place > month.days - 3
    let gigabytes = isFalling ? Self.gigabytes - 5 : Self.gigabytes - (month.days - 3 - place)
    return record(
      "storage", place, String(gigabytes), at: month.start.adding(days: place).start.adding(seconds: 43_200))
  }

  private func record(_ metric: String, _ number: Int, _ quantity: String, at timestamp: Instant) -> LoadRecord {
    LoadRecord(
      usageID: "example-\(month.start)-\(metric)-\(number)", company: company.text, metric: metric, quantity: quantity,
      timestamp: timestamp, user: nil, subject: nil)
  }

  private func randomInstant(_ index: Int) -> Instant {
    let seconds = numbers.number(index, use: 21, below: month.days * 86_400)
    return month.start.start.adding(seconds: Int64(seconds))
  }
}
