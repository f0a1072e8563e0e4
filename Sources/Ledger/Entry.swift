import Billing

/// A record on its way into the ledger, with everything derived from its timestamp and company. It is copied often, so it
/// refers to two objects and no more; and it holds itself what all passes over a batch look at, since a batch's records
/// are more than a processor's cache holds.
struct Entry {
  /// Its place in the batch as delivered: the earlier of two with one id wins.
  let order: Int
  let record: RecordedUsage
  let metric: MetricName
  /// As the catalog in force has it.
  let aggregation: Aggregation
  let company: Company
  let day: CivilDate
  /// Part of the ledger's key.
  let month: CivilDate
  /// The first day of the later month, for records within two days of a month's boundary.
  let boundary: CivilDate?
  /// The month after, for records of a month's last two days: their ids are reserved there.
  var reservedMonth: CivilDate? { boundary == month ? nil : boundary }
  let periodStart: CivilDate
  let counted: Quantity
  var moment: TotalsDelta.Moment { (record.timestamp, record.usageID) }

  init(order: Int, record: RecordedUsage, metric: Metric, company: Company, period: BillingPeriod) {
    self.order = order
    self.record = record
    self.metric = metric.name
    aggregation = metric.aggregation
    self.company = company
    day = record.timestamp.date
    month = day.firstOfMonth
    boundary = Boundary.near(day, month: month)
    periodStart = period.start
    counted = metric.counted(record.quantity)
  }
}

/// Where one month meets the next: within two days of it, an id counts once for both months.
enum Boundary {
  static let days: Int32 = 2

  /// The boundary, named by the later month's first day, whose neighbourhood `day` is in.
  static func near(_ day: CivilDate, month: CivilDate) -> CivilDate? {
    if day.daysSinceEpoch < month.daysSinceEpoch + days { return month }
    // No month is shorter than 28 days, so most days need no look at the next month's beginning.
    guard day.daysSinceEpoch >= month.daysSinceEpoch + 28 - days else { return nil }
    let next = month.firstOfNextMonth
    return day.daysSinceEpoch >= next.daysSinceEpoch - days ? next : nil
  }

  /// Of the two months that meet at a boundary, the one in which `day` is not.
  static func otherMonth(_ boundary: CivilDate, from month: CivilDate) -> CivilDate {
    boundary == month ? boundary.adding(days: -1).firstOfMonth : boundary
  }

  /// The instants that are near a boundary: from the first up to the second, which is not.
  static func neighbourhood(_ boundary: CivilDate) -> (from: Instant, to: Instant) {
    (boundary.adding(days: -Int(days)).start, boundary.adding(days: Int(days)).start)
  }
}
