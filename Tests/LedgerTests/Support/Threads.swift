import Glibc
import Synchronization
import Testing

/// Runs `body` on `count` threads at once and waits for all of them; what one throws fails the test. Replicas block, which
/// the pool that tests run on must not.
func inParallel(_ count: Int, _ body: @escaping @Sendable (_ index: Int) throws -> Void) throws {
  let errors = Mutex<[any Error]>([])
  let shared = Shared { index in
    do { try body(index) } catch { errors.withLock { $0.append(error) } }
  }
  var threads: [pthread_t] = []
  for index in 0..<count {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Start(shared, index))
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        start.shared.body(start.index)
        return nil
      }, context.toOpaque())
    try #require(status == 0)
    threads.append(thread)
  }
  for thread in threads { pthread_join(thread, nil) }
  for error in errors.withLock({ $0 }) { Issue.record("a thread failed: \(error)") }
}

private final class Shared: Sendable {
  let body: @Sendable (Int) -> Void

  init(_ body: @escaping @Sendable (Int) -> Void) { self.body = body }
}

private final class Start: Sendable {
  let shared: Shared
  let index: Int

  init(_ shared: Shared, _ index: Int) {
    self.shared = shared
    self.index = index
  }
}

/// Threads meet here, so that what follows happens at once.
final class Barrier: Sendable {
  private let waiting = Atomic<Int>(0)
  private let parties: Int

  init(_ parties: Int) { self.parties = parties }

  struct Broken: Error {}

  /// May be passed any number of times by all parties together.
  ///
  /// - Throws: `Broken` when one of them has not come within a minute: it has failed.
  func wait() throws {
    let end = ContinuousClock.now + .seconds(60)
    let arrived = waiting.add(1, ordering: .acquiringAndReleasing).newValue
    let round = (arrived + parties - 1) / parties
    while waiting.load(ordering: .acquiring) < round * parties {
      guard ContinuousClock.now < end else { throw Broken() }
      usleep(50)
    }
  }
}

/// Polls until the condition holds; a minute without it fails the test.
func waitUntil(_ what: Comment, _ condition: () throws -> Bool) throws {
  let clock = ContinuousClock()
  let end = clock.now + .seconds(60)
  while try !condition() {
    try #require(clock.now < end, what)
    usleep(2_000)
  }
}
