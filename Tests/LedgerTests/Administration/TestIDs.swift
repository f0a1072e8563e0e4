import Synchronization

/// Identifiers that no other record of this process has.
enum TestIDs {
  private static let numbers = Atomic<Int>(0)

  static func next() -> Int { numbers.add(1, ordering: .relaxed).newValue }
}
