import Glibc
import Synchronization

/// Wakes one waiting thread; rings that nobody waited for are remembered, several as one.
public final class Doorbell: Sendable {
  private let ears: Int32
  private let hammer: Int32

  public init() {
    var ends: [Int32] = [-1, -1]
    // Out of descriptors the bell is mute: every wait has a limit, so all that is lost is promptness.
    _ = pipe(&ends)
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    (ears, hammer) = (ends[0], ends[1])
  }

  deinit {
    close(ears)
    close(hammer)
  }

  public func ring() {
    var one: UInt8 = 1
    // It fails when the pipe is full of rings not yet heard, which is as good.
    _ = write(hammer, &one, 1)
  }

  /// Waits for a ring, at most `timeout`.
  ///
  /// - Returns: whether it rang.
  @discardableResult
  public func wait(atMost timeout: Duration) -> Bool {
    var event = pollfd(fd: ears, events: Int16(POLLIN), revents: 0)
    guard poll(&event, 1, timeout.milliseconds) > 0 else { return false }
    var rings = [UInt8](repeating: 0, count: 256)
    return read(ears, &rings, rings.count) > 0
  }
}

/// Tells all threads of a process to finish what they have in hand and leave.
public final class StopSignal: Sendable {
  private let stopped = Atomic(false)
  private let bells: Mutex<[Doorbell]> = Mutex([])

  public init() {}

  public var isSet: Bool { stopped.load(ordering: .acquiring) }

  public func set() {
    stopped.store(true, ordering: .releasing)
    for bell in bells.withLock({ $0 }) { bell.ring() }
  }

  /// A bell that also rings when the signal is set.
  public func makeBell() -> Doorbell {
    let bell = Doorbell()
    bells.withLock { $0.append(bell) }
    if isSet { bell.ring() }
    return bell
  }
}

extension Duration {
  /// Rounded up, at least 0.
  var milliseconds: Int32 {
    let (seconds, attoseconds) = components
    let total =
      seconds.multipliedReportingOverflow(by: 1000).partialValue + (attoseconds + 999_999_999_999_999)
      / 1_000_000_000_000_000
    return Int32(clamping: max(0, total))
  }
}
