import Billing

/// The worked example of a month: 1,250 orders, 980 invoices, daily storage samples up to 45 GB, 50,000 API calls and 120
/// AI jobs, which come to 279.50 on the default plan, with the base fee 478.50.
///
/// API calls are sent ten in a message, all else one by one. Of a month that is not over, everything lies in the part that
/// has passed: nobody counts usage that is ahead.
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
  private let end: Instant

  /// - Parameter end: of the month, or what of it has passed.
  /// - Returns: `nil` when there is no month after `day`'s, or nothing of it has passed.
  init?(_ company: CompanyID, monthOf day: CivilDate, until end: Instant, seed: UInt64) {
    guard let month = BillingPeriod(start: day.firstOfMonth, end: day.firstOfNextMonth), month.start.start < end else {
      return nil
    }
    self.company = company
    self.end = min(end, month.end.start)
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
      "storage", place, String(gigabytes), at: instant(place * 86_400 + 43_200))
  }

  private func record(_ metric: String, _ number: Int, _ quantity: String, at timestamp: Instant) -> LoadRecord {
    LoadRecord(
      usageID: "example-\(month.start)-\(metric)-\(number)", company: company.text, metric: metric, quantity: quantity,
      timestamp: timestamp, user: nil, subject: nil)
  }

  private func randomInstant(_ index: Int) -> Instant {
    instant(numbers.number(index, use: 21, below: month.days * 86_400))
  }

  /// So many seconds into the month, or as far into its part.
  private func instant(_ seconds: Int) -> Instant {
    let start = month.start.start
    let part = (end.microseconds - start.microseconds) / Instant.microsecondsPerSecond
    return start.adding(seconds: Int64(seconds) * part / Int64(month.days * 86_400))
  }
}
