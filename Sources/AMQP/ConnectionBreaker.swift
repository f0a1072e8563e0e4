import Glibc
import Synchronization

/// A handle with which any thread can break a connection that another thread may be blocked in.
///
/// It holds a duplicate of the socket's descriptor: the C library closes its own at moments of its choosing, after which the
/// number may belong to another connection. Breaking makes the blocked call return an error; it harms nothing when the
/// connection is gone already.
public final class ConnectionBreaker: Sendable {
  private let descriptor: Mutex<Int32>
  private let used = Atomic<Bool>(false)

  /// Duplicates `socket`; a breaker without effect if that is impossible (`isArmed` is false then).
  init(duplicating socket: Int32) {
    descriptor = Mutex(fcntl(socket, F_DUPFD_CLOEXEC, 0))
  }

  deinit { close() }

  /// Whether there is a socket to break.
  var isArmed: Bool { descriptor.withLock { $0 >= 0 } }

  /// Whether `shutdownSocket` was called while the connection lived.
  var wasUsed: Bool { used.load(ordering: .acquiring) }

  /// Shuts the socket down in both directions. The owner's call in progress, and every later one, fails.
  public func shutdownSocket() {
    descriptor.withLock { descriptor in
      guard descriptor >= 0 else { return }
      used.store(true, ordering: .releasing)
      shutdown(descriptor, Int32(SHUT_RDWR))
    }
  }

  /// Ends the breaker's hold on the socket, and with it the connection where the C library has closed its side.
  func close() {
    descriptor.withLock { descriptor in
      guard descriptor >= 0 else { return }
      Glibc.close(descriptor)
      descriptor = -1
    }
  }
}
