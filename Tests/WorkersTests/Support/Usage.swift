import Billing
import Operations

/// Messages as upstream services write them.
enum Usage {
  static var now: Instant { Instant(microseconds: SystemClock.microseconds()) }

  static func recorded(
    _ id: String, _ company: String, _ metric: String = "order", quantity: Int = 1, at time: Instant = now,
    extra: String = ""
  ) -> String {
    #"{"usageId":"\#(id)","companyId":"\#(company)","metric":"\#(metric)","quantity":\#(quantity),"#
      + #""timestamp":"\#(time)"\#(extra)}"#
  }

  /// So many orders of one, each with an id of its own.
  static func orders(_ count: Int, _ company: String, stem: String = "o") -> [String] {
    (0..<count).map { recorded("\(stem)-\($0)", company) }
  }

  /// The latest whole month of 31 days: all its days are past, and none is too old.
  static var longMonth: CivilDate { longMonth(before: now.date.firstOfMonth) }

  /// The same as of the month that begins on a day.
  static func longMonth(before: CivilDate) -> CivilDate {
    var month = before.adding(days: -1).firstOfMonth
    while month.firstOfNextMonth.daysSinceEpoch - month.daysSinceEpoch != 31 {
      month = month.adding(days: -1).firstOfMonth
    }
    return month
  }
}
