import Synchronization

/// Connections whose answer comes later, and the thread that wakes them when their time has come.
final class WaitingAnswers: Sendable {
  /// Called once, on the thread that wakes, or by who ends it all.
  typealias Wake = @Sendable (_ isEnd: Bool) -> Void

  fileprivate struct Sleeper {
    let due: ContinuousClock.Instant
    let wake: Wake
  }

  private struct State {
    /// A binary heap, the earliest in front.
    var heap: [Sleeper] = []
    var isEnded = false
  }

  private final class Waiting: Sendable {
    let state = Mutex(State())

    /// Wakes those whose time has come.
    ///
    /// - Returns: how long there is nothing to do.
    func wakeDue() -> Duration {
      let now = ContinuousClock.now
      let (due, pause) = state.withLock { state -> ([Sleeper], Duration) in
        var due: [Sleeper] = []
        while let first = state.heap.first, first.due <= now {
          due.append(first)
          state.heap.removeEarliest()
        }
        return (due, state.heap.first.map { now.duration(to: $0.due) } ?? .seconds(60))
      }
      for sleeper in due { sleeper.wake(false) }
      return pause
    }
  }

  private let waiting: Waiting
  private let thread: ServerThread

  init() throws(ServerThread.StartError) {
    let waiting = Waiting()
    self.waiting = waiting
    thread = try ServerThread { bell in
      while bell.sleep(atMost: waiting.wakeDue()) {}
    }
  }

  /// - Returns: whether `wake` will be called; not after the end.
  func add(_ delay: Duration, _ wake: @escaping Wake) -> Bool {
    let sleeper = Sleeper(due: .now + delay, wake: wake)
    let (isTaken, isEarliest) = waiting.state.withLock { state in
      guard !state.isEnded else { return (false, false) }
      state.heap.insert(sleeper)
      return (true, state.heap[0].due == sleeper.due)
    }
    if isEarliest { thread.ring() }
    return isTaken
  }

  /// Wakes all, before their time, and takes no more.
  ///
  /// - Returns: whether there was any.
  func end() -> Bool {
    let all = waiting.state.withLock { state in
      state.isEnded = true
      defer { state.heap = [] }
      return state.heap
    }
    for sleeper in all { sleeper.wake(true) }
    thread.stop()
    return !all.isEmpty
  }
}

extension [WaitingAnswers.Sleeper] {
  fileprivate mutating func insert(_ sleeper: WaitingAnswers.Sleeper) {
    append(sleeper)
    var child = count - 1
    while child > 0, self[child].due < self[(child - 1) / 2].due {
      swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  fileprivate mutating func removeEarliest() {
    swapAt(0, count - 1)
    removeLast()
    var parent = 0
    while true {
      let children = (2 * parent + 1)..<Swift.min(2 * parent + 3, Swift.max(count, 2 * parent + 1))
      guard let child = children.min(by: { self[$0].due < self[$1].due }), self[child].due < self[parent].due else {
        return
      }
      swapAt(parent, child)
      parent = child
    }
  }
}
