import Glibc
import JSON

/// One event on its way to the log.
struct LogLine {
  let microseconds: Int64
  let level: Log.Level
  let message: String
  let fields: Log.Fields

  /// With the line break.
  func bytes(_ format: Log.Format) -> [UInt8] {
    var bytes = format == .json ? json() : Array(text().utf8)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  private func json() -> [UInt8] {
    var json = JSONWriter(.compact)
    json.object {
      $0.field("time", time)
      $0.field("level", level.rawValue)
      $0.field("message", message)
      for (name, value) in fields {
        if type(of: value).isNumberInLog {
          $0.field(name.description, number: value.logText)
        } else {
          $0.field(name.description, value.logText)
        }
      }
    }
    return json.bytes
  }

  private func text() -> String {
    let padding = String(repeating: " ", count: 7 - level.rawValue.utf8.count)
    var line = "\(time) \(level.rawValue)\(padding) \(Self.printable(message))"
    for (name, value) in fields {
      let text = Self.printable(value.logText)
      let isBare = !text.isEmpty && !text.utf8.contains { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\"") }
      line += isBare ? " \(name)=\(text)" : " \(name)=\"\(text)\""
    }
    return line
  }

  /// Without control characters: a line break would forge a line, an escape sequence would drive the terminal.
  private static func printable(_ text: String) -> String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars { result.unicodeScalars.append(isControl(scalar) ? " " : scalar) }
    return result
  }

  /// `2025-01-15T12:00:00.123Z`.
  private var time: String {
    let (days, rest) = Self.floor(Self.floor(microseconds, by: 1000).quotient, by: 86_400_000)
    var date = tm()
    var seconds = time_t(days * 86_400 + rest / 1000)
    gmtime_r(&seconds, &date)
    func padded(_ value: Int, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    let day =
      "\(padded(Int(date.tm_year) + 1900, 4))-\(padded(Int(date.tm_mon) + 1, 2))-\(padded(Int(date.tm_mday), 2))"
    let clock = [date.tm_hour, date.tm_min, date.tm_sec].map { padded(Int($0), 2) }.joined(separator: ":")
    return "\(day)T\(clock).\(padded(Int(rest % 1000), 3))Z"
  }

  private static func floor(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
