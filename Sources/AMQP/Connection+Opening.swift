internal import CRabbitMQ
import Glibc

extension Connection {
  static func openSocket(_ handle: ConnectionHandle, _ configuration: BrokerConfiguration) throws(AMQPError) {
    func failed(_ kind: AMQPError.Kind) -> AMQPError {
      AMQPError(kind, operation: "connect", broker: configuration.place)
    }
    let created =
      configuration.security == nil ? amqp_tcp_socket_new(handle.state) : amqp_ssl_socket_new(handle.state)
    guard let socket = created else { throw failed(.unreachable("no socket can be made")) }
    if let security = configuration.security {
      if let mistake = apply(security, to: socket) { throw failed(.invalidConfiguration(mistake)) }
    }
    var timeout = timeval(nanoseconds: MonotonicClock.nanoseconds(of: configuration.connectTimeout))
    let status = amqp_socket_open_noblock(socket, configuration.host, Int32(configuration.port), &timeout)
    guard status == AMQP_STATUS_OK.rawValue else { throw failed(.init(status: status, isConnecting: true)) }
  }

  /// Returns what is wrong with the settings, or nil.
  private static func apply(_ security: BrokerConfiguration.Security, to socket: OpaquePointer) -> String? {
    amqp_ssl_socket_set_verify_peer(socket, security.verifiesPeer ? 1 : 0)
    amqp_ssl_socket_set_verify_hostname(socket, security.verifiesPeer ? 1 : 0)
    let versions = amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
    guard versions == AMQP_STATUS_OK.rawValue else { return "TLS 1.2 is not available" }
    if security.verifiesPeer {
      // The library loads no authorities by itself; this is where Debian and its images keep the system's.
      let file = security.authoritiesFile ?? "/etc/ssl/certs/ca-certificates.crt"
      guard amqp_ssl_socket_set_cacert(socket, file) == AMQP_STATUS_OK.rawValue else {
        return "no authorities can be read from \(file) (cacertfile)"
      }
    }
    if let certificate = security.certificateFile, let key = security.keyFile {
      guard amqp_ssl_socket_set_key(socket, certificate, key) == AMQP_STATUS_OK.rawValue else {
        return "certificate and key cannot be read from \(certificate) and \(key) (certfile, keyfile)"
      }
    }
    return nil
  }

  /// Logs in with the capabilities without which the broker keeps silent about cancelled consumers, alarms and
  /// refused passwords.
  func login(_ name: String, timeout nanoseconds: UInt64, _ operation: Operation) throws(AMQPError) {
    var timeout = timeval(nanoseconds: nanoseconds)
    amqp_set_handshake_timeout(state, &timeout)
    let names = [
      "consumer_cancel_notify", "connection.blocked", "publisher_confirms", "basic.nack",
      "authentication_failure_close",
    ]
    let capabilities = Dictionary(uniqueKeysWithValues: names.map { ($0, FieldValue.bool(true)) })
    let properties: [String: FieldValue] = ["connection_name": .string(name), "capabilities": .table(capabilities)]
    arena.reset()
    guard var table = arena.table(properties) else { throw fail(.unreachable("out of memory"), operation) }
    let heartbeat = Int32(clamping: configuration.heartbeat.components.seconds)
    var reply = amqp_rpc_reply_t()
    let status = guarded(configuration.connectTimeout + .seconds(1)) {
      reply = crabbitmq_login(
        state, configuration.virtualHost, Int32(configuration.maximumFrameSize), heartbeat, &table, configuration.user,
        configuration.password)
      return reply.library_error
    }
    switch reply.reply_type {
    case AMQP_RESPONSE_NORMAL: return
    case AMQP_RESPONSE_SERVER_EXCEPTION: throw loginRefused(reply.reply, operation)
    default: throw fail(.init(status: status, isConnecting: true), operation)
    }
  }

  private func loginRefused(_ method: amqp_method_t, _ operation: Operation) -> AMQPError {
    guard method.id == AMQP_CONNECTION_CLOSE_METHOD,
      let close = method.decoded?.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
    else { return fail(.protocolViolation("the broker refused in an unknown way"), operation) }
    let text = close.reply_text.displayText
    if close.reply_code == 403 { return fail(.accessRefused(text), operation) }
    return fail(.connectionClosed(code: close.reply_code, text: text), operation)
  }
}

extension timeval {
  init(nanoseconds: UInt64) {
    self.init(tv_sec: Int(nanoseconds / 1_000_000_000), tv_usec: Int(nanoseconds % 1_000_000_000 / 1_000))
  }
}
