import Glibc
import Synchronization

/// Stands between a client and a real server, and fails on command: cuts connections, refuses new ones, freezes all of
/// them, or calls for help when it sees a text on its way to the server.
public final class TCPProxy: Sendable {
  public let endpoint: Endpoint
  private let target: Endpoint
  private let listener: Int32
  private let state = Mutex(State())

  private struct State {
    var sockets: [Int32] = []
    var isRefusing = false
    var isFrozen = false
    var watch: Watch?
    var sends = 0
    var cutAt: (send: Int, isPassed: Bool)?
  }

  private struct Watch {
    let text: [UInt8]
    let action: @Sendable () -> Void
  }

  public init(to target: Endpoint) throws {
    self.target = target
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 64) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard status else { throw TestFailure("a proxy cannot listen") }
    endpoint = Endpoint(host: "127.0.0.1", port: UInt16(bigEndian: address.sin_port))
    startThread { [weak self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0, let self else { return }
        // A worker that held it as well would keep the connection open after it was cut here.
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        self.serve(client)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    cut()
  }

  /// Ends every connection at once, without a goodbye.
  public func cut() {
    state.withLock { state in
      for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
      state.sockets = []
    }
  }

  /// The server is away: no connection lives, and none comes about.
  public func refuse() {
    state.withLock { $0.isRefusing = true }
    cut()
  }

  /// Nothing passes any more, in connections that stay open.
  public func freeze() { state.withLock { $0.isFrozen = true } }

  /// The server is back. What was frozen goes on.
  public func allow() {
    state.withLock { state in
      state.isRefusing = false
      state.isFrozen = false
    }
  }

  /// Calls the action each time a client sends the text, which then does not pass. Texts across two reads are missed.
  public func watch(for text: String, _ action: @escaping @Sendable () -> Void) {
    state.withLock { $0.watch = Watch(text: Array(text.utf8), action: action) }
  }

  /// Ends the connection whose client is the next to send for the n-th time, counted over all connections from now on:
  /// before the server gets what was sent, or after it, and then nobody gets the answer. As when the client's process dies.
  public func cut(atSend count: Int, isPassed: Bool) {
    state.withLock { state in
      state.sends = 0
      state.cutAt = (count, isPassed)
    }
  }

  /// Cuts nothing any more by itself.
  ///
  /// - Returns: how often clients have sent since `cut(atSend:isPassed:)`, and whether that has cut a connection.
  @discardableResult
  public func spare() -> (sends: Int, hasCut: Bool) {
    state.withLock { state in
      defer { (state.sends, state.cutAt) = (0, nil) }
      return (state.sends, state.cutAt.map { $0.send <= state.sends } ?? false)
    }
  }

  /// Takes note of what a client sends: `nil` unless the connection ends with it.
  private func noteSend() -> (send: Int, isPassed: Bool)? {
    state.withLock { state in
      state.sends += 1
      return state.cutAt.flatMap { $0.send == state.sends ? $0 : nil }
    }
  }

  private func serve(_ client: Int32) {
    guard !state.withLock({ $0.isRefusing }) else {
      close(client)
      return
    }
    let server = target.connect()
    guard server >= 0 else {
      close(client)
      return
    }
    let pair = Pair(client, server)
    state.withLock { state in
      state.sockets.removeAll { fcntl($0, F_GETFD) < 0 }
      state.sockets += [client, server]
      // It may have begun meanwhile.
      if state.isRefusing { shutdown(client, Int32(SHUT_RDWR)) }
    }
    startThread { [self] in pass(client, server, isFromClient: true, pair) }
    startThread { [self] in pass(server, client, isFromClient: false, pair) }
  }

  private func pass(_ source: Int32, _ sink: Int32, isFromClient: Bool, _ pair: Pair) {
    var chunk = [UInt8](repeating: 0, count: 256 * 1024)
    while true {
      let count = read(source, &chunk, chunk.count)
      guard count > 0 else { break }
      while state.withLock({ $0.isFrozen }) { usleep(5_000) }
      if isFromClient, let watch = state.withLock({ $0.watch }), chunk[..<count].contains(watch.text) {
        watch.action()
        break
      }
      let last = isFromClient ? noteSend() : nil
      guard last?.isPassed ?? true, sendAll(chunk[..<count], to: sink), last == nil else { break }
    }
    shutdown(source, Int32(SHUT_RDWR))
    shutdown(sink, Int32(SHUT_RDWR))
    pair.release { socket in
      state.withLock { $0.sockets.removeAll { $0 == socket } }
    }
  }

  private func sendAll(_ bytes: ArraySlice<UInt8>, to sink: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  /// Two sockets, closed when both directions have ended.
  private final class Pair: Sendable {
    private let sockets: [Int32]
    private let users = Atomic(2)

    init(_ first: Int32, _ second: Int32) { sockets = [first, second] }

    func release(_ forget: (Int32) -> Void) {
      guard users.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
      for socket in sockets {
        forget(socket)
        close(socket)
      }
    }
  }
}

/// Runs the body on a detached thread of its own.
private func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let context = Unmanaged.passRetained(Box(body)).toOpaque()
  let status = pthread_create(
    &thread, nil,
    { context in
      if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
      return nil
    }, context)
  if status == 0 { pthread_detach(thread) }
}
