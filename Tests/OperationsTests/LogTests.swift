import JSON
import Synchronization
import Testing

@testable import Operations

@Suite struct LogTests {
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
    func take(_ line: [UInt8]) { all.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    var text: String { all.withLock { $0.joined() } }
  }

  private struct Name: Loggable {
    let logText: String
  }

  private func log(_ lines: Lines, _ format: Log.Format, _ level: Log.Level = .trace) -> Log {
    Log(level: level, format: format, clock: { 1_736_942_400_123_999 }, writer: { lines.take($0) })
  }

  @Test("a JSON line is one object with time, level, message and the fields in order")
  func json() throws {
    let lines = Lines()
    log(lines, .json).info(
      "batch of \(12) written",
      ["messages": 12, "took": Duration.milliseconds(1500), "last": true, "queue": "a b" as StaticString])
    #expect(
      lines.text == """
        {"time":"2025-01-15T12:00:00.123Z","level":"info","message":"batch of 12 written","messages":12,"took":1.5,\
        "last":"true","queue":"a b"}

        """)
    _ = try JSONValue.parse(Array(lines.text.utf8.dropLast()))
  }

  @Test("a text line has the same for people")
  func text() {
    let lines = Lines()
    log(lines, .text).warning("slow", ["messages": 12, "name": Name(logText: "a b"), "none": Name(logText: "")])
    #expect(lines.text == "2025-01-15T12:00:00.123Z warning slow messages=12 name=\"a b\" none=\"\"\n")
  }

  @Test("control characters can neither forge a line nor drive a terminal", arguments: [Log.Format.text, .json])
  func controlCharacters(format: Log.Format) {
    let lines = Lines()
    log(lines, format).error("failed", ["name": Name(logText: "a\nb\u{1B}[31m\r\u{85}c\u{2028}")])
    #expect(lines.text.utf8.count { $0 == 0x0A } == 1)
    #expect(!lines.text.utf8.contains(0x1B))
  }

  @Test("events below the level are not written and their messages not made")
  func levels() {
    let lines = Lines()
    let log = log(lines, .text, .warning)
    func unwanted() -> Int {
      Issue.record("the message was made")
      return 0
    }
    log.info("\(unwanted())")
    log.debug("x")
    log.error("y")
    #expect(lines.all.withLock { $0.count } == 1)
    #expect(!log.isEnabled(.info))
  }

  @Test("text made at run time is not loggable")
  func privacy() {
    let values: [Any] = ["text", Substring("text"), Character("c"), [UInt8(1)], Optional("text") as Any]
    for value in values { #expect(!(value is any Loggable)) }
    #expect(LogMessage.StringLiteralType.self == StaticString.self)
    #expect(LogMessage.StringInterpolation.StringLiteralType.self == StaticString.self)
  }

  @Test(
    "durations are seconds, to the microsecond",
    arguments: [
      (Duration.seconds(3), "3"), (.milliseconds(1500), "1.5"), (.microseconds(12), "0.000012"), (.zero, "0"),
      (.milliseconds(-500), "-0.5"), (.milliseconds(-1500), "-1.5"), (.nanoseconds(10), "0"),
    ])
  func durations(duration: Duration, text: String) {
    #expect(duration.logText == text)
  }

  @Test("instants before 1970 and in leap years are written right")
  func times() {
    func time(_ microseconds: Int64) -> String {
      let line = LogLine(microseconds: microseconds, level: .info, message: "", fields: [:])
      return String(String(decoding: line.bytes(.text), as: UTF8.self).prefix(24))
    }
    #expect(time(-1) == "1969-12-31T23:59:59.999Z")
    #expect(time(1_709_164_800_000_000) == "2024-02-29T00:00:00.000Z")
  }

  @Test("lines of many threads stay whole")
  func threads() async {
    let lines = Lines()
    let log = log(lines, .json)
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<200 { group.addTask { log.info("n", ["index": index]) } }
    }
    #expect(lines.all.withLock { $0.count } == 200)
    #expect(lines.all.withLock { $0.allSatisfy { $0.hasPrefix("{\"time\"") && $0.hasSuffix("}\n") } })
  }
}
