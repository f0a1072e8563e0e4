internal import CMicroHTTP
import Synchronization

/// The answer to a request whose connection was put aside.
final class LateReply: Sendable {
  /// The connection's address.
  private let connection: UInt
  private let given = Mutex(HTTPReply.hangUp)

  init(_ connection: UInt) { self.connection = connection }

  var reply: HTTPReply { given.withLock { $0 } }

  /// Has the connection taken up again, to be answered. Called once.
  func give(_ reply: HTTPReply) {
    given.withLock { $0 = reply }
    if let connection = OpaquePointer(bitPattern: connection) { MHD_resume_connection(connection) }
  }
}
