import Glibc
import Synchronization

/// One thread that breaks connections whose calls outlive their deadlines.
///
/// Calls of the C library can block for ever: a send to a broker in alarm or to a frozen peer has no timeout. Each connection
/// stores the deadline of the call in progress (arming and disarming are one atomic operation each); the watchdog looks at all
/// of them every 50 ms and shuts the socket of an overdue one down, so that its call returns. One watchdog serves a process.
/// Dropping the last reference ends its thread; connections keep the part of it that they need.
public final class Watchdog: Sendable {
  let core: WatchdogCore

  /// Starts the thread.
  ///
  /// - Throws: `AMQPError` of kind `unreachable` when the system gives no thread or descriptor.
  public init() throws(AMQPError) {
    core = try WatchdogCore()
    try core.start()
  }

  deinit { core.stop() }

  func register(_ breaker: ConnectionBreaker) -> WatchdogSlot {
    core.register(breaker)
  }
}

/// What the watchdog's thread and its connections share; it outlives the `Watchdog` until the thread has ended.
final class WatchdogCore: Sendable {
  private static let intervalMilliseconds: Int32 = 50

  private let slots = Mutex<[WatchdogSlot]>([])
  private let stopped = Atomic<Bool>(false)
  /// Wakes the thread when there is a first connection to watch, or nothing left to do.
  private let wakePipe: (read: Int32, write: Int32)

  init() throws(AMQPError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Self.startError(String(cString: strerror(errno))) }
    for end in ends {
      // Setting a flag of a descriptor of our own cannot fail.
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    wakePipe = (ends[0], ends[1])
  }

  deinit {
    close(wakePipe.read)
    close(wakePipe.write)
  }

  private static func startError(_ text: String) -> AMQPError {
    AMQPError(.unreachable(text), operation: "start the connection watchdog", broker: "")
  }

  func start() throws(AMQPError) {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    let status = pthread_create(
      &thread, nil,
      { context in
        if let context {
          Unmanaged<WatchdogCore>.fromOpaque(context).takeRetainedValue().run()
        }
        return nil
      }, context.toOpaque())
    guard status == 0 else {
      context.release()
      throw Self.startError(String(cString: strerror(status)))
    }
    pthread_detach(thread)
  }

  func stop() {
    stopped.store(true, ordering: .releasing)
    wake()
  }

  func register(_ breaker: ConnectionBreaker) -> WatchdogSlot {
    let slot = WatchdogSlot(breaker)
    let isFirst = slots.withLock { slots in
      slots.append(slot)
      return slots.count == 1
    }
    if isFirst { wake() }
    return slot
  }

  func unregister(_ slot: WatchdogSlot) {
    slots.withLock { slots in slots.removeAll { $0 === slot } }
  }

  private func wake() {
    var signal: UInt8 = 1
    // Fails only when the pipe is full of wake-ups already, which does as well.
    _ = write(wakePipe.write, &signal, 1)
  }

  private func run() {
    while true {
      let watched = slots.withLock { $0 }
      // Connections outlive a dropped watchdog: watch them to their end.
      if watched.isEmpty && stopped.load(ordering: .acquiring) { return }
      let now = MonotonicClock.now()
      for slot in watched { slot.breakIfOverdue(now) }
      wait(isWatching: !watched.isEmpty)
    }
  }

  private func wait(isWatching: Bool) {
    var waiting = pollfd(fd: wakePipe.read, events: Int16(POLLIN), revents: 0)
    poll(&waiting, 1, isWatching ? Self.intervalMilliseconds : -1)
    var signals: [UInt8] = Array(repeating: 0, count: 64)
    _ = read(wakePipe.read, &signals, signals.count)
  }
}
