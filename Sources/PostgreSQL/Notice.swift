internal import CPostgreSQL

/// A notice or warning of the server, which is not an error.
public struct Notice: Sendable {
  /// `NOTICE`, `WARNING` and the like.
  public let severity: String
  public let sqlState: String
  public let message: String
}

/// Where libpq's callback finds the handler; it lives as long as its connection.
final class NoticeBox {
  var handler: ((Notice) -> Void)?

  static func receive(context: UnsafeMutableRawPointer?, result: OpaquePointer?) {
    guard let context, let handler = Unmanaged<NoticeBox>.fromOpaque(context).takeUnretainedValue().handler else {
      return
    }
    func field(_ code: Int) -> String {
      PQresultErrorField(result, Int32(truncatingIfNeeded: code)).map { String(cString: $0) } ?? ""
    }
    handler(
      Notice(
        severity: field(CPG_DIAG_SEVERITY), sqlState: field(CPG_DIAG_SQLSTATE),
        message: field(CPG_DIAG_MESSAGE)))
  }
}
