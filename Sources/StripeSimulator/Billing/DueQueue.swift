/// What is to happen when the clock reaches a time: the earliest first, at one time in the order of adding. A binary
/// heap, as a benchmark may have many subscriptions.
struct DueQueue: Sendable {
  enum Event: Sendable {
    /// A subscription's period ends.
    case cycle(subscription: String)
    /// A draft becomes final.
    case finalize(invoice: String)
  }

  private struct Entry: Sendable {
    let time: Int
    let sequence: Int
    let event: Event

    func precedes(_ other: Entry) -> Bool { (time, sequence) < (other.time, other.sequence) }
  }

  private var heap: [Entry] = []
  private var sequence = 0

  /// The time of the next event; `nil` when nothing is to happen.
  var next: Int? { heap.first?.time }

  mutating func add(_ event: Event, at time: Int) {
    heap.append(Entry(time: time, sequence: sequence, event: event))
    sequence += 1
    var index = heap.count - 1
    while index > 0, heap[index].precedes(heap[(index - 1) / 2]) {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// Takes the next event out if it is due at `now`.
  mutating func take(at now: Int) -> (time: Int, event: Event)? {
    guard let first = heap.first, first.time <= now else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink()
    }
    return (first.time, first.event)
  }

  private mutating func sink() {
    var index = 0
    while true {
      var smallest = index
      for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child].precedes(heap[smallest]) {
        smallest = child
      }
      guard smallest != index else { return }
      heap.swapAt(index, smallest)
      index = smallest
    }
  }
}
