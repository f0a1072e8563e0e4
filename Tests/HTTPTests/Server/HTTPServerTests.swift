import Glibc
import HTTP
import Synchronization
import Testing

/// The server against clients without manners.
@Suite struct HTTPServerTests {
  private func server(_ change: (inout HTTPServer.Limits) -> Void = { _ in }) throws -> HTTPServer {
    var limits = HTTPServer.Limits()
    limits.maximumBodySize = 1000
    change(&limits)
    return try HTTPServer(
      address: "127.0.0.1", port: 0,
      routes: [
        HTTPRoute(.get, "/") { _ in .text("hello") },
        HTTPRoute(.post, "/size") { .text("\($0.body.count)") },
        HTTPRoute(.get, "/v1/*/items/*") { .text($0.parameters.joined(separator: ",")) },
        HTTPRoute(.get, "/bad-header") { _ in HTTPResponse(status: 200, headers: ["X": "a\r\nY: b"]) },
        HTTPRoute(.get, "/bad-status") { _ in HTTPResponse(status: 7) },
      ], limits: limits)
  }

  private func answer(_ server: HTTPServer, _ request: String) -> String {
    let client = RawClient(server.port)
    client.send(request)
    return client.readAll()
  }

  private func isAlive(_ server: HTTPServer) -> Bool {
    answer(server, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").hasSuffix("hello\n")
  }

  @Test(
    "routes are found by method and path",
    arguments: [
      ("GET /", "200", "hello"), ("HEAD /", "200", "\r\n\r\n"), ("GET /?a=b", "200", "hello"),
      ("GET /none", "404", "not found"), ("DELETE /", "405", "method not allowed"), ("FOO /", "405", "not allowed"),
      ("GET /v1/a/items/b%2Fc", "200", "a,b/c"), ("GET /v1/a/items/%00", "404", ""), ("GET /v1/a/items/", "404", ""),
      ("GET /v1/a/items/%zz", "404", ""), ("GET /%00", "404", ""), ("GET /bad-header", "500", ""),
      ("GET /bad-status", "500", ""),
    ])
  func routing(_ request: String, _ status: String, _ text: String) throws {
    let answer = answer(try server(), "\(request) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
    #expect(answer.contains(text))
    #expect(!answer.contains("Y: b"))
  }

  @Test("a body over the limit is refused, announced or not, and a smaller one is not", arguments: [999, 1000, 1001])
  func bodyLimit(_ size: Int) throws {
    let server = try server()
    let body = String(repeating: "x", count: size)
    let start = "POST /size HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    let announced = answer(server, "\(start)Content-Length: \(size)\r\n\r\n\(body)")
    let chunked = answer(
      server, "\(start)Transfer-Encoding: chunked\r\n\r\n\(String(size, radix: 16))\r\n\(body)\r\n0\r\n\r\n")
    for answer in [announced, chunked] {
      #expect(answer.hasPrefix(size > 1000 ? "HTTP/1.1 413" : "HTTP/1.1 200"))
      #expect(answer.contains(size > 1000 ? "too large" : "\(size)"))
    }
  }

  @Test(
    "what is no HTTP is answered or cut off, and the server lives on",
    arguments: [
      "\r\n\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\0\0\0\0", "GET / HTTP/1.1\r\nHost\r\n\r\n",
      "POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
      "POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999999\r\n\r\n",
      "POST /size HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 20_000) + "\r\n",
      "GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\n\r\n",
      "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}", String(repeating: "%", count: 5000),
    ])
  func malformed(_ request: String) throws {
    let server = try server { $0.requestTimeout = .milliseconds(300) }
    let client = RawClient(server.port)
    client.send(request)
    // The server may rightly wait for more, for as long as a request may take: nothing more comes.
    shutdown(client.descriptor, Int32(SHUT_WR))
    #expect(!client.readAll().hasPrefix("HTTP/1.1 200"))
    #expect(isAlive(server))
  }

  @Test("random bytes do not harm it")
  func fuzz() throws {
    let server = try server()
    var seed: UInt64 = 42
    func next() -> UInt64 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return seed >> 33
    }
    let good = Array("POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n01234567890123456789".utf8)
    for _ in 0..<300 {
      var bytes = good
      for _ in 0...(next() % 8) { bytes[Int(next()) % bytes.count] = UInt8(truncatingIfNeeded: next()) }
      let client = RawClient(server.port)
      client.send(bytes)
      shutdown(client.descriptor, Int32(SHUT_WR))
    }
    #expect(isAlive(server))
  }

  @Test("a request that drips in is cut off; an idle connection as well")
  func slowClients() throws {
    let server = try server {
      $0.requestTimeout = .milliseconds(300)
      $0.idleTimeout = .seconds(5)
    }
    let start = ContinuousClock.now
    let idle = RawClient(server.port)
    let dripping = RawClient(server.port)
    dripping.send("GET / HTTP/1.1\r\n")
    onThread { [descriptor = dup(dripping.descriptor)] in
      for _ in 0..<500 {
        usleep(20_000)
        guard Glibc.send(descriptor, "X", 1, Int32(MSG_NOSIGNAL)) == 1 else { break }
      }
      close(descriptor)
    }
    #expect(!dripping.readAll().hasPrefix("HTTP/1.1 200"))
    #expect(idle.readAll().isEmpty)
    #expect(start.duration(to: .now) < .seconds(4))
    #expect(isAlive(server))
  }

  @Test("connections beyond the limit wait until another ends")
  func connectionLimit() throws {
    let server = try server { $0.maximumConnections = 2 }
    var held: [RawClient] = []
    for _ in 0..<2 {
      let client = RawClient(server.port)
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(client.read().hasPrefix("HTTP/1.1 200"))
      held.append(client)
    }
    let third = RawClient(server.port)
    third.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    var event = pollfd(fd: third.descriptor, events: Int16(POLLIN), revents: 0)
    #expect(poll(&event, 1, 100) == 0 || third.read().isEmpty)
    held.removeAll()
    #expect(eventually { isAlive(server) })
  }

  @Test("several requests of one connection are answered in order")
  func pipelining() throws {
    let server = try server()
    let request = "GET /v1/a/items/1 HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    let answer = answer(server, request)
    #expect(answer.contains("a,1\n") && answer.hasSuffix("hello\n"))
  }

  @Test("two servers cannot have one port")
  func portTaken() throws {
    let server = try server()
    let error = #expect(throws: HTTPServerError.self) {
      try HTTPServer(address: "127.0.0.1", port: server.port, routes: [])
    }
    #expect(error?.place == "127.0.0.1:\(server.port)")
    #expect(throws: HTTPServerError.self) { try HTTPServer(address: "nowhere", port: 0, routes: []) }
  }

  @Test("without an address it listens on all")
  func everyAddress() throws {
    let server = try HTTPServer(port: 0, routes: [HTTPRoute(.get, "/") { _ in .text("hello") }])
    #expect(isAlive(server))
  }

  @Test("stopping waits for the answer in the making, and idle connections do not hold it up")
  func cleanStop() throws {
    let isInside = Flag()
    let mayLeave = Flag()
    let server = try HTTPServer(
      address: "127.0.0.1", port: 0,
      routes: [
        HTTPRoute(.get, "/") { _ in
          isInside.set()
          _ = eventually { mayLeave.isSet }
          return .text("at last")
        }
      ])
    let idle = RawClient(server.port)
    let client = RawClient(server.port)
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(eventually { isInside.isSet })
    onThread {
      usleep(50_000)
      mayLeave.set()
    }
    #expect(server.stop(within: .seconds(10)))
    #expect(client.readAll().hasSuffix("at last\n"))
    #expect(idle.readAll().isEmpty)
    #expect(server.stop(within: .zero))
  }

  @Test("stopping does not wait past its deadline for a handler that hangs")
  func hangingHandler() throws {
    let isInside = Flag()
    let mayLeave = Flag()
    let server = try HTTPServer(
      address: "127.0.0.1", port: 0,
      routes: [
        HTTPRoute(.get, "/") { _ in
          isInside.set()
          _ = eventually { mayLeave.isSet }
          return .text("too late")
        }
      ])
    let client = RawClient(server.port)
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(eventually { isInside.isSet })
    let start = ContinuousClock.now
    #expect(!server.stop(within: .milliseconds(50)))
    #expect(start.duration(to: .now) < .seconds(5))
    mayLeave.set()
  }

  private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
  }
}
