/// A calendar day.
public struct Date32: Hashable, Comparable, Sendable {
  /// Since 1970-01-01.
  public let days: Int32

  public init(days: Int32) { self.days = days }

  public static func < (left: Date32, right: Date32) -> Bool { left.days < right.days }

  /// The server counts from 2000-01-01.
  static let serverEpoch: Int32 = 10_957

  /// Days before the server's calendar become one that it refuses, never its `-infinity`.
  var serverDays: Int32 {
    let (value, overflow) = days.subtractingReportingOverflow(Self.serverEpoch)
    return overflow || value == .min ? .min + 1 : value
  }

  /// - Returns: nil for `infinity` and `-infinity`.
  init?(serverDays: Int32) {
    let (value, overflow) = serverDays.addingReportingOverflow(Self.serverEpoch)
    if overflow || serverDays == .min { return nil }
    days = value
  }

  /// `2025-01-02`, the ISO style.
  init?(text: String) {
    var reader = DigitReader(text)
    guard let days = reader.date(), reader.isAtEnd else { return nil }
    self.days = days
  }
}
