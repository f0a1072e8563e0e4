import Glibc
import JSON

/// The process's log: one line for each event, on standard error.
///
/// As JSON, a line is one object: `time` (RFC 3339, UTC, milliseconds), `level`, `message`, then the event's fields. As
/// text, the same for people at a terminal.
///
/// **Privacy by types.** Neither a message nor a field can hold a `String`: both take only what is `Loggable`, which text
/// from a message is not, and which `String` must never become. So nothing a publisher sends can reach a log line unless
/// somebody writes a conspicuous conformance for it.
///
///     log.info("batch written", ["messages": 12, "company": companyID])
public final class Log: Sendable {
  /// How much an event matters, ascending.
  public enum Level: String, Sendable, CaseIterable, Comparable {
    case trace, debug, info, warning, error

    private var rank: Int {
      switch self {
      case .trace: 0
      case .debug: 1
      case .info: 2
      case .warning: 3
      case .error: 4
      }
    }

    public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
  }

  /// For programs or for people.
  public enum Format: String, Sendable, CaseIterable {
    case json, text
  }

  /// Names are text of this program; the order is kept.
  public typealias Fields = KeyValuePairs<StaticString, any Loggable>

  private let level: Level
  private let format: Format
  private let clock: @Sendable () -> Int64
  private let writer: @Sendable ([UInt8]) -> Void

  /// - Parameters:
  ///   - level: events below it are not written, and their messages not even made.
  ///   - clock: microseconds since 1970 in UTC.
  ///   - writer: takes whole lines, from any thread.
  public init(
    level: Level, format: Format, clock: @escaping @Sendable () -> Int64 = { SystemClock.microseconds() },
    writer: @escaping @Sendable ([UInt8]) -> Void = { Log.writeToStandardError($0) }
  ) {
    self.level = level
    self.format = format
    self.clock = clock
    self.writer = writer
  }

  /// Whether events of this level are written.
  public func isEnabled(_ level: Level) -> Bool { level >= self.level }

  /// What happens to single messages; never on in production.
  public func trace(_ message: @autoclosure () -> LogMessage, _ fields: @autoclosure () -> Fields = [:]) {
    write(.trace, message, fields)
  }

  /// Steps within a batch or connection.
  public func debug(_ message: @autoclosure () -> LogMessage, _ fields: @autoclosure () -> Fields = [:]) {
    write(.debug, message, fields)
  }

  /// What an operator wants to see of a healthy process.
  public func info(_ message: @autoclosure () -> LogMessage, _ fields: @autoclosure () -> Fields = [:]) {
    write(.info, message, fields)
  }

  /// Something went wrong and is being dealt with.
  public func warning(_ message: @autoclosure () -> LogMessage, _ fields: @autoclosure () -> Fields = [:]) {
    write(.warning, message, fields)
  }

  /// Something is wrong until somebody acts.
  public func error(_ message: @autoclosure () -> LogMessage, _ fields: @autoclosure () -> Fields = [:]) {
    write(.error, message, fields)
  }

  private func write(_ level: Level, _ message: () -> LogMessage, _ fields: () -> Fields) {
    guard isEnabled(level) else { return }
    let line = LogLine(microseconds: clock(), level: level, message: message().text, fields: fields())
    writer(line.bytes(format))
  }

  /// One call of write(2) for a line, so that lines of several threads do not mix. What standard error does not take is
  /// lost: there is nowhere left to say so.
  public static func writeToStandardError(_ line: [UInt8]) {
    var rest = line[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
