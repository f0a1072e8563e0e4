import Glibc

/// Runs `background` on a thread of its own while `body` runs here, and waits for both.
public func withThread(_ background: @escaping @Sendable () -> Void, during body: () throws -> Void) throws {
  final class Work: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  var thread = pthread_t()
  let context = Unmanaged.passRetained(Work(background))
  let status = pthread_create(
    &thread, nil,
    { context in
      if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
      return nil
    }, context.toOpaque())
  guard status == 0 else {
    context.release()
    throw TestDatabase.Unavailable(description: "no thread for a test")
  }
  defer { pthread_join(thread, nil) }
  try body()
}
