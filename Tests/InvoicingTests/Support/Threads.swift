import TestSupport
import Testing

/// Runs `body` on `count` threads at once and waits for all of them; what one throws fails the test.
func inParallel(_ count: Int, _ body: @escaping @Sendable (_ index: Int) throws -> Void) throws {
  let index = count - 1
  guard index > 0 else { return try body(0) }
  try withThread(
    { do { try body(index) } catch { Issue.record("a thread failed: \(error)") } },
    during: { try inParallel(index, body) })
}
