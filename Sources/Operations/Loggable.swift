/// What may stand in a log line.
///
/// Conforming is a decision that the value can never be, or hold, text from a message: a patient's name, a free-text
/// reason, an identifier of a person. That is why `String` does not conform and must not be made to; identifiers that are
/// checked types of their own may.
public protocol Loggable {
  /// The value for a reader of the log.
  var logText: String { get }
  /// Whether `logText` is a JSON number, to be written without quotation marks.
  static var isNumberInLog: Bool { get }
}

extension Loggable {
  public static var isNumberInLog: Bool { false }
}

/// Text of this program.
extension StaticString: Loggable {
  public var logText: String { description }
}

extension Bool: Loggable {
  public var logText: String { self ? "true" : "false" }
}

extension Loggable where Self: FixedWidthInteger {
  public var logText: String { String(self) }
  public static var isNumberInLog: Bool { true }
}

extension Int: Loggable {}
extension Int16: Loggable {}
extension Int32: Loggable {}
extension Int64: Loggable {}
extension UInt8: Loggable {}
extension UInt16: Loggable {}
extension UInt32: Loggable {}
extension UInt64: Loggable {}

/// In seconds, to the microsecond; shorter parts are cut off.
extension Duration: Loggable {
  public var logText: String {
    let (seconds, attoseconds) = components
    let microseconds = (attoseconds / 1_000_000_000_000).magnitude
    let sign = self < .zero && seconds == 0 && microseconds > 0 ? "-" : ""
    guard microseconds > 0 else { return "\(seconds)" }
    var fraction = String(microseconds)
    fraction = String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
    while fraction.last == "0" { fraction.removeLast() }
    return "\(sign)\(seconds).\(fraction)"
  }
  public static var isNumberInLog: Bool { true }
}

/// `none` where there is nothing.
extension Optional: Loggable where Wrapped: Loggable {
  public var logText: String { self?.logText ?? "none" }
}
