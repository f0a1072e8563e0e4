/// An instant as the server's `timestamptz` holds it.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Since 1970-01-01T00:00:00Z, leap seconds not counted.
  public let microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

  /// The server counts from 2000-01-01.
  static let serverEpoch: Int64 = 946_684_800_000_000

  /// Instants before the server's calendar become one that it refuses, never its `-infinity`.
  var serverMicroseconds: Int64 {
    let (value, overflow) = microseconds.subtractingReportingOverflow(Self.serverEpoch)
    return overflow || value == .min ? .min + 1 : value
  }

  /// - Returns: nil for `infinity` and `-infinity`.
  init?(serverMicroseconds: Int64) {
    let (value, overflow) = serverMicroseconds.addingReportingOverflow(Self.serverEpoch)
    if overflow || serverMicroseconds == .min { return nil }
    microseconds = value
  }

  /// `2025-01-02 03:04:05.678+00`, the ISO style of a session in UTC.
  init?(text: String) {
    var reader = DigitReader(text)
    guard let days = reader.date(), reader.skip(" ") || reader.skip("T"), let hour = reader.number(),
      reader.skip(":"), let minute = reader.number(), reader.skip(":"), let second = reader.number()
    else { return nil }
    let fraction = reader.skip(".") ? reader.fraction(digits: 6) : 0
    guard let fraction, reader.isAtEnd || (reader.skip("+00") && reader.isAtEnd) else { return nil }
    guard hour < 24, minute < 60, second < 61 else { return nil }
    microseconds = ((Int64(days) * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000 + fraction
  }
}
