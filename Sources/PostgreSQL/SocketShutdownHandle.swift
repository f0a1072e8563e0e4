import Glibc
import Synchronization

/// Cuts a connection's socket from any thread, so that whoever waits on it wakes up with an error.
///
/// It holds a duplicate of the descriptor: libpq closes its own as soon as it notices a loss, and a bare number could by
/// then belong to another connection.
public final class SocketShutdownHandle: Sendable {
  private let descriptor: Mutex<Int32>

  /// - Returns: nil when the process has no descriptor left.
  init?(socket: Int32) {
    let duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0)
    guard duplicate >= 0 else { return nil }
    descriptor = Mutex(duplicate)
  }

  deinit { release() }

  /// The connection's current or next call fails with `connectionLost`. Does nothing once the connection is closed.
  public func shutdownSocket() { shut(Int32(SHUT_RDWR)) }

  /// Sends no more, but lets what is under way arrive.
  func stopSending() { shut(Int32(SHUT_WR)) }

  private func shut(_ how: Int32) {
    descriptor.withLock { descriptor in
      if descriptor >= 0 { _ = Glibc.shutdown(descriptor, how) }
    }
  }

  func release() {
    descriptor.withLock { descriptor in
      if descriptor >= 0 { _ = Glibc.close(descriptor) }
      descriptor = -1
    }
  }
}
