import Synchronization

/// Whether a number has changed since it was last told.
final class News: Sendable {
  private let told = Atomic<Int>(0)

  func isNew(_ number: Int) -> Bool { told.exchange(number, ordering: .relaxed) != number }
}
