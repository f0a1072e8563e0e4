import Synchronization

/// Counts up, from any thread.
public final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  public init() {}

  public func add(_ amount: Int) { value.wrappingAdd(amount, ordering: .relaxed) }

  public var current: Int { value.load(ordering: .relaxed) }
}
