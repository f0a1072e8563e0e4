internal import CMicroHTTP
import Glibc
import Synchronization

/// A small server for HTTP/1.1: health, metrics, simulators. It answers from threads of its own from its making on.
///
/// Whatever a peer sends is answered or cut off: malformed requests, bodies over the limit, requests that never end.
///
///     let server = try HTTPServer(port: 0, routes: [HTTPRoute(.get, "/") { _ in .text("hello") }])
///     print(server.port)
public final class HTTPServer: Sendable {
  /// Called on the server's threads, several at once where it has several. One that blocks holds up every connection of
  /// its thread: what has to wait is answered `later`.
  public typealias Handler = @Sendable (HTTPRequest) -> HTTPReply

  /// The port that is listened on.
  public let port: UInt16
  private let core: ServerCore
  private let reaper: ConnectionReaper
  /// The library's server, as an address; zero once it was stopped.
  private let daemon: Mutex<UInt>

  /// - Parameters:
  ///   - address: an IPv4 or IPv6 address of this machine; `nil` for all of them.
  ///   - port: 0 for any free one.
  ///   - otherwise: takes what no route fits; `nil` for 404.
  public init(
    address: String? = nil, port: UInt16, routes: [HTTPRoute] = [], limits: Limits = Limits(),
    otherwise: Handler? = nil
  ) throws(HTTPServerError) {
    let connections = ServerConnections()
    let waiting: WaitingAnswers
    do {
      waiting = try WaitingAnswers()
    } catch {
      throw HTTPServerError(place: Self.place(address, port), reason: error.reason)
    }
    let core = ServerCore(HTTPRouter(routes: routes, otherwise: otherwise), limits, connections, waiting)
    let daemon = try Self.start(address, port, core, limits)
    self.core = core
    self.daemon = Mutex(UInt(bitPattern: daemon))
    self.port = cmicrohttp_port(daemon)
    do {
      reaper = try ConnectionReaper(connections, limit: limits.requestTimeout)
    } catch {
      MHD_stop_daemon(daemon)
      Unmanaged.passUnretained(core).release()
      throw HTTPServerError(place: Self.place(address, port), reason: error.reason)
    }
  }

  deinit { stop(within: .zero) }

  /// Takes no more connections, lets requests in hand be answered, and closes. Not to be called by a handler.
  ///
  /// - Parameter deadline: how long answers in the making are waited for. Connections whose answer was to come later
  ///   than that are reset.
  /// - Returns: whether all were given. What a handler does past the deadline goes on, and is told to nobody.
  @discardableResult
  public func stop(within deadline: Duration) -> Bool {
    let address = daemon.withLock { daemon in
      defer { daemon = 0 }
      return daemon
    }
    guard let daemon = OpaquePointer(bitPattern: address) else { return true }
    let listener = MHD_quiesce_daemon(daemon)
    var isDone = core.connections.waitUntilIdle(until: .now + deadline)
    // The library must not be stopped with connections put aside. Those that wait for nothing but their time end here.
    if core.waiting.end() { isDone = core.connections.waitUntilIdle(until: .now + .seconds(1)) }
    reaper.stop()
    if isDone {
      MHD_stop_daemon(daemon)
      // No thread of the library's is left that could use it.
      Unmanaged.passUnretained(core).release()
    } else {
      // Stopping waits for the library's threads, one of which is in a handler: it and its memory stay until that ends.
      core.connections.shutdownAll()
    }
    if listener >= 0 { close(listener) }
    return isDone
  }

  private static func start(
    _ address: String?, _ port: UInt16, _ core: ServerCore, _ limits: Limits
  ) throws(HTTPServerError) -> OpaquePointer {
    var status: Int32 = 0
    // A machine without IPv6 takes the second.
    for text in address.map({ [$0] }) ?? ["::", "0.0.0.0"] {
      guard var place = SocketAddress(text, port: port) else { continue }
      if let daemon = start(&place, isDualStack: address == nil && place.isIPv6, core, limits) { return daemon }
      status = errno
      if status == EADDRINUSE || status == EACCES { break }
    }
    let reason = status == 0 ? "no such address" : String(cString: strerror(status))
    throw HTTPServerError(place: Self.place(address, port), reason: reason)
  }

  private static func start(
    _ place: inout SocketAddress, isDualStack: Bool, _ core: ServerCore, _ limits: Limits
  ) -> OpaquePointer? {
    let isIPv6 = place.isIPv6
    // The library's threads use the core for as long as they run; where a handler outlives the server, for ever.
    let context = Unmanaged.passRetained(core)
    let daemon = place.withPointer { pointer -> OpaquePointer? in
      var settings = cmicrohttp_settings()
      settings.address = pointer
      settings.is_ipv6 = isIPv6 ? 1 : 0
      settings.is_dual_stack = isDualStack ? 1 : 0
      settings.threads = UInt32(clamping: max(limits.threads, 1))
      settings.connections = UInt32(clamping: max(limits.maximumConnections, limits.threads, 1))
      settings.idle_seconds = UInt32(clamping: max(limits.idleTimeout.components.seconds, 1))
      settings.connection_memory = max(limits.connectionMemory, 1024)
      settings.begin = { ServerCore.begin($0, $1, $2) }
      settings.answer = { ServerCore.answer($0, $1, $2, $3, $4, $5, $6, $7) }
      settings.completed = { ServerCore.completed($0, $1, $2, $3) }
      settings.connected = { ServerCore.connected($0, $1, $2, $3) }
      settings.context = context.toOpaque()
      return cmicrohttp_start(&settings)
    }
    if daemon == nil { context.release() }
    return daemon
  }

  private static func place(_ address: String?, _ port: UInt16) -> String { "\(address ?? "*"):\(port)" }
}
