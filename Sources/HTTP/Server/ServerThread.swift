import Glibc
import Synchronization

/// A thread of the server's own that sleeps until a time or until it is rung.
final class ServerThread: Sendable {
  struct StartError: Error {
    let reason: String
  }

  private let bell: Bell

  /// What the thread sleeps on. It outlives whoever rings.
  final class Bell: Sendable {
    private let isStopped = Atomic(false)
    private let ears: Int32
    private let hammer: Int32

    fileprivate init() throws(StartError) {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { throw StartError(reason: String(cString: strerror(errno))) }
      for end in ends {
        // Setting a flag of a descriptor of our own cannot fail.
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
      (ears, hammer) = (ends[0], ends[1])
    }

    deinit {
      close(ears)
      close(hammer)
    }

    /// Sleeps, at most for so long.
    ///
    /// - Returns: whether the thread is to go on.
    func sleep(atMost time: Duration) -> Bool {
      guard !isStopped.load(ordering: .acquiring) else { return false }
      var event = pollfd(fd: ears, events: Int16(POLLIN), revents: 0)
      if poll(&event, 1, Int32(clamping: max(time, .zero).wholeMilliseconds)) > 0 {
        var drop = [UInt8](repeating: 0, count: 64)
        while read(ears, &drop, drop.count) == drop.count {}
      }
      return !isStopped.load(ordering: .acquiring)
    }

    fileprivate func ring() {
      var one: UInt8 = 1
      // Where it is full, the thread is about to wake anyway.
      _ = write(hammer, &one, 1)
    }

    fileprivate func stop() {
      isStopped.store(true, ordering: .releasing)
      ring()
    }
  }

  private final class Work: Sendable {
    let bell: Bell
    let body: @Sendable (Bell) -> Void

    init(_ bell: Bell, _ body: @escaping @Sendable (Bell) -> Void) {
      self.bell = bell
      self.body = body
    }
  }

  init(_ body: @escaping @Sendable (Bell) -> Void) throws(StartError) {
    bell = try Bell()
    let context = Unmanaged.passRetained(Work(bell, body))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let work = Unmanaged<Work>.fromOpaque(context).takeRetainedValue()
        work.body(work.bell)
        return nil
      }, context.toOpaque())
    guard status == 0 else {
      context.release()
      throw StartError(reason: String(cString: strerror(status)))
    }
    pthread_detach(thread)
  }

  func ring() { bell.ring() }

  /// The thread leaves soon after.
  func stop() { bell.stop() }
}
