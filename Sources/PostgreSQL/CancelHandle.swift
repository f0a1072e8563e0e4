internal import CPostgreSQL
import Glibc
import Synchronization

/// Asks the server, over a connection of its own, to stop the statement that runs on another connection.
///
/// Usable from any thread, also after the connection is gone. The stopped statement fails with SQLSTATE 57014.
// @unchecked: PGcancel is written once, when it is made; libpq documents PQcancel as safe from any thread.
public final class CancelHandle: @unchecked Sendable {
  private let handle: OpaquePointer
  private static let inFlight = Atomic<Int>(0)
  private static let mostInFlight = 16

  init?(connection: OpaquePointer) {
    guard let handle = PQgetCancel(connection) else { return nil }
    self.handle = handle
  }

  deinit { PQfreeCancel(handle) }

  /// Blocks until the server took the request, which says nothing about whether it came in time. It has no deadline of its
  /// own beyond the connection's TCP settings; use `cancel(waitingAtMost:)` where the peer may be frozen.
  /// - Throws: `connectionLost` when the request could not be delivered.
  public func cancel() throws(PostgreSQLError) {
    var message = [CChar](repeating: 0, count: 256)
    guard PQcancel(handle, &message, Int32(message.count)) == 1 else {
      let text = message.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
      throw PostgreSQLError(.connectionLost, "the cancel request failed: \(String(decoding: text, as: UTF8.self))")
    }
  }

  /// The same on a thread of its own, which is left behind if the server does not take the request in time.
  ///
  /// A peer that is frozen for ever would keep such threads for ever: there are at most 16, then requests are not sent.
  /// - Returns: whether the server took the request within `duration`.
  @discardableResult
  public func cancel(waitingAtMost duration: Duration) -> Bool {
    guard Self.inFlight.add(1, ordering: .relaxed).newValue <= Self.mostInFlight, let request = Request(self) else {
      Self.inFlight.subtract(1, ordering: .relaxed)
      return false
    }
    let context = Unmanaged.passRetained(request)
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, { Request.run($0) }, context.toOpaque())
    guard status == 0 else {
      context.release()
      Self.inFlight.subtract(1, ordering: .relaxed)
      return false
    }
    pthread_detach(thread)
    return request.wait(until: Deadline(after: duration))
  }

  /// Keeps the handle and the bell alive for whichever of the two threads ends last.
  private final class Request: Sendable {
    private let owner: CancelHandle
    /// A pipe: the request writes a byte when it ends, the caller waits for that.
    private let bell: (reading: Int32, writing: Int32)
    private let isDelivered = Atomic<Bool>(false)

    init?(_ owner: CancelHandle) {
      self.owner = owner
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { return nil }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      bell = (ends[0], ends[1])
    }

    deinit {
      close(bell.reading)
      close(bell.writing)
    }

    func wait(until deadline: Deadline) -> Bool {
      _ = waitForSocket(bell.reading, events: POLLIN, until: deadline)
      return isDelivered.load(ordering: .acquiring)
    }

    static func run(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      guard let context else { return nil }
      let request = Unmanaged<Request>.fromOpaque(context).takeRetainedValue()
      do throws(PostgreSQLError) {
        try request.owner.cancel()
        request.isDelivered.store(true, ordering: .releasing)
      } catch {
        // The caller learns it from `isDelivered`, and gives the connection up either way.
        request.isDelivered.store(false, ordering: .releasing)
      }
      var byte: UInt8 = 1
      _ = write(request.bell.writing, &byte, 1)
      CancelHandle.inFlight.subtract(1, ordering: .relaxed)
      return nil
    }
  }
}
