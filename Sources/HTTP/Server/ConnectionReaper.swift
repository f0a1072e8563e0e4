import Glibc
import Synchronization

/// A thread that ends the connections of slow clients. The library knows a timeout for silence only, which a byte now and
/// then keeps away for ever.
final class ConnectionReaper: Sendable {
  struct ThreadError: Error {
    let reason: String
  }

  private let work: Work

  private final class Work: Sendable {
    let connections: ServerConnections
    let limit: Duration
    let isStopped = Atomic(false)
    let ears: Int32
    let hammer: Int32

    init(_ connections: ServerConnections, _ limit: Duration) throws(ThreadError) {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { throw ThreadError(reason: String(cString: strerror(errno))) }
      for end in ends {
        // Setting a flag of a descriptor of our own cannot fail.
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
      (ears, hammer) = (ends[0], ends[1])
      self.connections = connections
      self.limit = limit
    }

    deinit {
      close(ears)
      close(hammer)
    }

    func run() {
      let pause = Int32(clamping: min(max(limit / 4, .milliseconds(10)), .seconds(1)).wholeMilliseconds)
      while !isStopped.load(ordering: .acquiring) {
        var event = pollfd(fd: ears, events: Int16(POLLIN), revents: 0)
        poll(&event, 1, pause)
        connections.reap(since: .now - limit)
      }
    }
  }

  init(_ connections: ServerConnections, limit: Duration) throws(ThreadError) {
    work = try Work(connections, limit)
    let context = Unmanaged.passRetained(work)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context.toOpaque())
    guard status == 0 else {
      context.release()
      throw ThreadError(reason: String(cString: strerror(status)))
    }
    pthread_detach(thread)
  }

  func stop() {
    work.isStopped.store(true, ordering: .releasing)
    var one: UInt8 = 1
    // It cannot be full: this is the only byte there ever is, or one of two.
    _ = write(work.hammer, &one, 1)
  }
}
