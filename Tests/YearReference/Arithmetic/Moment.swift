/// A second in UTC.
public struct Moment: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// From 1970 on.
  public let seconds: Int

  public init(seconds: Int) { self.seconds = seconds }

  public var day: Day { Day(number: seconds / 86_400) }

  public static func + (moment: Moment, seconds: Int) -> Moment { Moment(seconds: moment.seconds + seconds) }
  public static func < (left: Moment, right: Moment) -> Bool { left.seconds < right.seconds }

  /// As RFC 3339 writes it.
  public var description: String {
    let rest = seconds - day.number * 86_400
    let parts = [rest / 3600, rest / 60 % 60, rest % 60].map { Day.twoDigits($0) }
    return "\(day)T\(parts[0]):\(parts[1]):\(parts[2])Z"
  }
}
