/// A point in time of the Gregorian calendar in UTC, to the second.
struct CalendarTime: Equatable {
  var year: Int
  var month: Int
  var day: Int
  var secondOfDay: Int

  static let secondsPerDay = 86_400

  /// - Parameter timestamp: seconds since 1970-01-01T00:00:00Z.
  init(timestamp: Int) {
    let seconds = timestamp % Self.secondsPerDay
    secondOfDay = seconds < 0 ? seconds + Self.secondsPerDay : seconds
    // Over 400-year cycles of years that begin on 1 March, which puts the leap day at a year's end.
    let shifted = (timestamp - secondOfDay) / Self.secondsPerDay + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  var timestamp: Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return (era * 146_097 + dayOfEra - 719_468) * Self.secondsPerDay + secondOfDay
  }

  static func daysInMonth(year: Int, month: Int) -> Int {
    switch month {
    case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The same time `months` later, on `day` or, in a shorter month, on its last day.
  func adding(months: Int, onDay wanted: Int) -> CalendarTime {
    var result = self
    let index = year * 12 + month - 1 + months
    result.year = index / 12
    result.month = index % 12 + 1
    result.day = min(wanted, Self.daysInMonth(year: result.year, month: result.month))
    return result
  }
}
