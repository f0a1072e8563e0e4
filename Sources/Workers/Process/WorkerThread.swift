import Glibc
import Synchronization

/// A thread of its own: lanes block in calls of C libraries, which has no place on the cooperative pool.
public final class WorkerThread: Sendable {
  private let finished = Atomic(false)

  public var isFinished: Bool { finished.load(ordering: .acquiring) }

  private final class Start {
    let thread: WorkerThread
    let body: @Sendable () -> Void

    init(_ thread: WorkerThread, _ body: @escaping @Sendable () -> Void) {
      self.thread = thread
      self.body = body
    }
  }

  /// - Throws: when the system has no thread left.
  public init(_ body: @escaping @Sendable () -> Void) throws(ThreadError) {
    let start = Unmanaged.passRetained(Start(self, body))
    var identifier = pthread_t()
    let status = pthread_create(&identifier, nil, threadMain, start.toOpaque())
    guard status == 0 else {
      start.release()
      throw ThreadError(status: status)
    }
    pthread_detach(identifier)
  }

  public struct ThreadError: Error, CustomStringConvertible {
    let status: Int32
    public var description: String { "a thread could not be started (error \(status))" }
  }

  fileprivate static func run(_ pointer: UnsafeMutableRawPointer) {
    let start = Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue()
    start.body()
    start.thread.finished.store(true, ordering: .releasing)
  }
}

private func threadMain(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let pointer { WorkerThread.run(pointer) }
  return nil
}
