internal import CPostgreSQL

/// The one place where answers of libpq become errors.
extension PostgreSQLError {
  /// The error that a failed result carries. FATAL and PANIC mean that the server ends the session; an error without
  /// SQLSTATE is libpq's own, when it cannot make sense of what the peer sends.
  init(result: OpaquePointer?, connection: OpaquePointer) {
    let state = Self.field(result, CPG_DIAG_SQLSTATE)
    let severity = Self.field(result, CPG_DIAG_SEVERITY)
    let isLost =
      state == nil || severity == "FATAL" || severity == "PANIC" || PQstatus(connection) == CONNECTION_BAD
    let message = Self.field(result, CPG_DIAG_MESSAGE) ?? Self.firstLine(PQresultErrorMessage(result))
    self.init(
      isLost ? .connectionLost : .server,
      Self.withoutValues(message, sqlState: state),
      state,
      Self.field(result, CPG_DIAG_CONSTRAINT),
      Self.field(result, CPG_DIAG_TABLE),
      Self.field(result, CPG_DIAG_COLUMN),
      isStalePlan: state == "0A000" && Self.field(result, CPG_DIAG_FUNCTION) == "RevalidateCachedQuery")
  }

  /// The error of a call that failed without a result: the connection broke, or libpq ran out of memory.
  init(lost connection: OpaquePointer) {
    let message = Self.firstLine(PQerrorMessage(connection))
    self.init(.connectionLost, message.isEmpty ? "the connection to the server is gone" : message)
  }

  /// The error of an attempt to connect, whose messages are verbose: `… FATAL:  28P01: password authentication failed …`.
  init(connecting connection: OpaquePointer) {
    var message = Self.firstLine(PQerrorMessage(connection))
    var state: String?
    if let range = Self.rangeOfState(in: message) {
      state = String(message[range])
      message.removeSubrange(range.lowerBound..<message.index(range.upperBound, offsetBy: 2))
    }
    self.init(.connectFailed, message.isEmpty ? "no connection to the server" : message, sqlState: state)
  }

  static func closed() -> PostgreSQLError { PostgreSQLError(.connectionClosed, "the connection is closed") }

  private static func field(_ result: OpaquePointer?, _ code: Int) -> String? {
    PQresultErrorField(result, Int32(truncatingIfNeeded: code)).map { String(cString: $0) }
  }

  private static func firstLine(_ text: UnsafePointer<CChar>?) -> String {
    guard let text else { return "" }
    return String(String(cString: text).prefix { $0 != "\n" })
  }

  /// Where five digits or capitals stand between `:  ` and `: `, which is how libpq prints SQLSTATE verbosely.
  private static func rangeOfState(in message: String) -> Range<String.Index>? {
    var index = message.startIndex
    while index < message.endIndex {
      if message[index...].hasPrefix(":  ") {
        let start = message.index(index, offsetBy: 3)
        let code = message[start...].prefix { ("0"..."9").contains($0) || ("A"..."Z").contains($0) }
        if code.count == 5, message[code.endIndex...].hasPrefix(": ") { return start..<code.endIndex }
      }
      index = message.index(after: index)
    }
    return nil
  }

  /// Messages of class 22 quote the value they complain of, in quotation marks or after a colon; it may be confidential.
  static func withoutValues(_ message: String, sqlState: String?) -> String {
    guard let sqlState, sqlState.hasPrefix("22") else { return message }
    var kept = ""
    var isQuoted = false
    for character in message {
      if character == "\"" {
        if !isQuoted { kept += "\"…\"" }
        isQuoted.toggle()
      } else if !isQuoted {
        if character == ":" { return kept }
        kept.append(character)
      }
    }
    return kept
  }
}
