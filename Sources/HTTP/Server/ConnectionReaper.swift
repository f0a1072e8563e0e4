/// A thread that ends the connections of slow clients. The library knows a timeout for silence only, which a byte now and
/// then keeps away for ever.
final class ConnectionReaper: Sendable {
  private let thread: ServerThread

  init(_ connections: ServerConnections, limit: Duration) throws(ServerThread.StartError) {
    let pause = min(max(limit / 4, .milliseconds(10)), .seconds(1))
    thread = try ServerThread { bell in
      while bell.sleep(atMost: pause) { connections.reap(since: .now - limit) }
    }
  }

  func stop() { thread.stop() }
}
