import Glibc

/// Why a test's surroundings did not come about.
public struct TestFailure: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// Polls until the condition holds.
///
/// - Throws: `TestFailure` with the text after so many seconds without it.
public func eventually(
  _ what: @autoclosure () -> String, within seconds: Int = 60, _ condition: () throws -> Bool
) throws {
  let end = ContinuousClock.now + .seconds(seconds)
  while try !condition() {
    guard .now < end else { throw TestFailure("not within \(seconds) seconds: \(what())") }
    usleep(10_000)
  }
}
