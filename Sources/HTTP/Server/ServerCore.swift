internal import CMicroHTTP

/// What the library's callbacks lead to: requests are put together, routed and answered here, on the library's threads.
final class ServerCore: Sendable {
  let connections: ServerConnections
  let waiting: WaitingAnswers
  private let router: HTTPRouter
  private let limits: HTTPServer.Limits

  init(
    _ router: HTTPRouter, _ limits: HTTPServer.Limits, _ connections: ServerConnections, _ waiting: WaitingAnswers
  ) {
    self.router = router
    self.limits = limits
    self.connections = connections
    self.waiting = waiting
  }

  /// A request being received. Only the thread of its connection touches it.
  private final class Incoming {
    let target: String
    var body: [UInt8] = []
    var hasBegun = false
    var isTooLarge = false
    var isAnswered = false
    /// What its connection, which was put aside, is taken up again for.
    var late: LateReply?

    init(target: String) { self.target = target }
  }

  // MARK: Callbacks

  static func begin(
    _ context: UnsafeMutableRawPointer?, _ uri: UnsafePointer<CChar>?, _ connection: OpaquePointer?
  ) -> UnsafeMutableRawPointer? {
    let incoming = Incoming(target: uri.map { String(cString: $0) } ?? "")
    return Unmanaged.passRetained(incoming).toOpaque()
  }

  static func answer(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ bytes: UnsafePointer<CChar>?,
    _ count: UnsafeMutablePointer<Int>?,
    _ request: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) -> MHD_Result {
    guard let context, let connection, let method, let count, let pointer = request?.pointee else { return .NO }
    let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
    let incoming = Unmanaged<Incoming>.fromOpaque(pointer).takeUnretainedValue()
    guard incoming.hasBegun else {
      incoming.hasBegun = true
      return core.checkAnnouncedSize(connection, incoming)
    }
    if let late = incoming.late {
      incoming.late = nil
      return core.deliver(late.reply, on: connection, incoming)
    }
    guard count.pointee == 0 else {
      core.receive(UnsafeRawBufferPointer(start: bytes, count: count.pointee), incoming)
      count.pointee = 0
      return .YES
    }
    if incoming.isTooLarge { return core.refuse(connection, incoming, status: 413, "the body is too large") }
    return core.handle(connection, String(cString: method), incoming)
  }

  static func completed(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ request: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_RequestTerminationCode
  ) {
    guard let pointer = request?.pointee else { return }
    request?.pointee = nil
    let incoming = Unmanaged<Incoming>.fromOpaque(pointer).takeRetainedValue()
    guard incoming.isAnswered, let context else { return }
    Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue().connections.endAnswer(UInt(bitPattern: connection))
  }

  static func connected(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
  ) {
    guard let context, let connection else { return }
    let connections = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue().connections
    if code == .CONNECTION_NOTIFY_STARTED {
      connections.add(UInt(bitPattern: connection), descriptor: cmicrohttp_socket(connection))
    } else {
      connections.remove(UInt(bitPattern: connection))
    }
  }

  // MARK: Receiving

  /// A body that is announced as too large is refused before it is sent.
  private func checkAnnouncedSize(_ connection: OpaquePointer, _ incoming: Incoming) -> MHD_Result {
    guard
      let text = MHD_lookup_connection_value(connection, .HEADER_KIND, "Content-Length").map({ String(cString: $0) }),
      // The library has checked that it is a number; one that does not fit is too large for certain.
      (UInt64(text) ?? .max) > UInt64(max(limits.maximumBodySize, 0))
    else { return .YES }
    return refuse(connection, incoming, status: 413, "the body is too large")
  }

  private func receive(_ bytes: UnsafeRawBufferPointer, _ incoming: Incoming) {
    // The rest of a body that is too large is read and dropped, so that the peer gets to see the refusal.
    guard !incoming.isTooLarge, incoming.body.count + bytes.count <= limits.maximumBodySize else {
      incoming.isTooLarge = true
      incoming.body = []
      return
    }
    incoming.body.append(contentsOf: bytes)
  }

  // MARK: Answering

  private func handle(_ connection: OpaquePointer, _ method: String, _ incoming: Incoming) -> MHD_Result {
    begin(connection, incoming)
    let parts = incoming.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts.first.map(String.init) ?? ""
    func request(_ method: HTTPMethod, _ parameters: [String]) -> HTTPRequest {
      HTTPRequest(
        method: method, path: path, query: parts.count > 1 ? String(parts[1]) : "", parameters: parameters,
        headers: Self.headers(of: connection), body: incoming.body)
    }
    switch router.choose(method, path) {
    case .refused(let response):
      return send(response, on: connection)
    case .route(let route, let parameters):
      return send(route.handler(request(HTTPMethod(rawValue: method) ?? route.method, parameters)), on: connection)
    case .otherwise(let method, let handler):
      return deliver(handler(request(method, [])), on: connection, incoming)
    }
  }

  private func deliver(_ reply: HTTPReply, on connection: OpaquePointer, _ incoming: Incoming) -> MHD_Result {
    switch reply.action {
    case .answer(let response): return send(response, on: connection)
    case .hangUp:
      cmicrohttp_reset(connection)
      return .NO
    case .wait(let delay, let next):
      let late = LateReply(UInt(bitPattern: connection))
      incoming.late = late
      // The library leaves it alone until it is resumed, so that its address stays good until then.
      MHD_suspend_connection(connection)
      prepare(late, after: delay, next)
      return .YES
    }
  }

  /// What is to be done is done here, not when the connection is taken up again: for one whose peer has gone, the library
  /// would not ask.
  private func prepare(_ late: LateReply, after delay: Duration, _ next: @escaping @Sendable () -> HTTPReply) {
    let isWaiting = waiting.add(delay) { isEnd in
      let reply = isEnd ? .hangUp : next()
      if case .wait(let delay, let next) = reply.action {
        self.prepare(late, after: delay, next)
      } else {
        late.give(reply)
      }
    }
    if !isWaiting { late.give(.hangUp) }
  }

  private func refuse(
    _ connection: OpaquePointer, _ incoming: Incoming, status: Int, _ reason: String
  ) -> MHD_Result {
    begin(connection, incoming)
    var response = HTTPResponse.text(reason, status: status)
    response.headers["Connection"] = "close"
    return send(response, on: connection)
  }

  private func begin(_ connection: OpaquePointer, _ incoming: Incoming) {
    incoming.isAnswered = true
    connections.beginAnswer(UInt(bitPattern: connection))
  }

  private func send(_ response: HTTPResponse, on connection: OpaquePointer) -> MHD_Result {
    var body = response.body
    guard let answer = MHD_create_response_from_buffer(body.count, &body, .RESPMEM_MUST_COPY) else { return .NO }
    defer { MHD_destroy_response(answer) }
    // The library sends no empty field, which would say nothing anyway.
    for field in response.headers.fields where !field.value.isEmpty {
      guard field.isSendable, MHD_add_response_header(answer, field.name, field.value) == .YES else {
        // A mistake of the handler's, which the peer must not mistake for its answer.
        return send(.text("the answer could not be sent", status: 500), on: connection)
      }
    }
    let status = (200...599).contains(response.status) ? response.status : 500
    return MHD_queue_response(connection, UInt32(status), answer)
  }

  private static func headers(of connection: OpaquePointer) -> HTTPHeaders {
    var headers = HTTPHeaders()
    withUnsafeMutablePointer(to: &headers) { pointer in
      _ = MHD_get_connection_values(
        connection, .HEADER_KIND,
        { context, _, name, value in
          guard let name else { return .YES }
          let headers = context?.assumingMemoryBound(to: HTTPHeaders.self)
          headers?.pointee.add(String(cString: name), value.map { String(cString: $0) } ?? "")
          return .YES
        }, pointer)
    }
    return headers
  }
}
