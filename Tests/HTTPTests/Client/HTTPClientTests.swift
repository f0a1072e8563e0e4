import Glibc
import HTTP
import Synchronization
import Testing

/// The client against our own server: what is well.
@Suite struct HTTPClientTests {
  private func makeClient(connections: Int = 32) throws -> HTTPClient {
    var configuration = HTTPClient.Configuration(userAgent: "http-tests/1")
    configuration.maximumConnectionsPerHost = connections
    return try HTTPClient(configuration)
  }

  private func echoServer() throws -> HTTPServer {
    try HTTPServer(
      address: "127.0.0.1", port: 0,
      routes: HTTPMethod.allCases.filter { $0 != .head }.map { method in
        HTTPRoute(method, "/echo/*") { request in
          var response = HTTPResponse(status: 201, body: request.body)
          response.headers.add("X-Method", request.method.rawValue)
          response.headers.add("X-Parameter", request.parameters.first ?? "")
          response.headers.add("X-Query", request.query)
          response.headers.add("X-Agent", request.headers["user-agent"] ?? "none")
          response.headers.add("X-Key", request.headers["idempotency-key"] ?? "none")
          response.headers.add("X-Type", request.headers["CONTENT-TYPE"] ?? "none")
          response.headers.add("X-Cookie", request.headers["cookie"] ?? "none")
          response.headers.add("Set-Cookie", "a=b")
          return response
        }
      })
  }

  @Test("method, path, query, headers and body arrive, and come back", arguments: HTTPMethod.allCases)
  func roundTrip(_ method: HTTPMethod) throws {
    let server = try echoServer()
    let client = try makeClient()
    let hasBody = method != .get && method != .head
    let response = try client.perform(
      HTTPClient.Request(
        method, "http://127.0.0.1:\(server.port)/echo/a%20b?x=%41&y", headers: ["Idempotency-Key": "k 1"],
        body: hasBody ? Array("hello".utf8) : []))
    #expect(response.status == 201)
    #expect(response.headers["x-method"] == (method == .head ? "HEAD" : method.rawValue))
    #expect(response.headers["X-PARAMETER"] == "a b")
    #expect(response.headers["x-query"] == "x=%41&y")
    #expect(response.headers["x-agent"] == "http-tests/1")
    #expect(response.headers["x-key"] == "k 1")
    #expect(response.headers["x-type"] == "none")
    #expect(response.body == (hasBody ? Array("hello".utf8) : []))
  }

  @Test("a connection is used again, and cookies are not kept")
  func reuse() throws {
    let server = try echoServer()
    let client = try makeClient()
    for _ in 0..<20 {
      let response = try client.perform(HTTPClient.Request(.post, "http://127.0.0.1:\(server.port)/echo/1"))
      #expect(response.headers["x-cookie"] == "none")
    }
    #expect(client.connectionsOpened == 1)
  }

  @Test("hundreds of requests are in flight over a few connections, and each gets its own answer")
  func manyInFlight() throws {
    let server = try echoServer()
    let client = try makeClient(connections: 8)
    var expected: [HTTPClient.ID: String] = [:]
    for number in 0..<500 {
      let request = HTTPClient.Request(
        .post, "http://127.0.0.1:\(server.port)/echo/\(number)", body: Array("\(number)".utf8))
      expected[try client.submit(request)] = "\(number)"
    }
    #expect(client.inFlight == 500)
    let end = ContinuousClock.now + .seconds(20)
    while client.inFlight > 0, .now < end {
      for completion in try client.poll(timeout: .seconds(1)) {
        let body = try completion.result.get().body
        #expect(expected.removeValue(forKey: completion.id) == String(decoding: body, as: UTF8.self))
      }
    }
    #expect(expected.isEmpty)
    #expect(client.connectionsOpened <= 8)
  }

  @Test("poll returns at the timeout, and at once when it is woken, even when that was before")
  func waking() throws {
    let client = try makeClient()
    let start = ContinuousClock.now
    #expect(try client.poll(timeout: .milliseconds(30)).isEmpty)
    #expect(start.duration(to: .now) >= .milliseconds(29))
    client.waker.wake()
    #expect(try client.poll(timeout: .seconds(30)).isEmpty)
    let waker = client.waker
    onThread {
      usleep(20_000)
      waker.wake()
    }
    #expect(try client.poll(timeout: .seconds(30)).isEmpty)
    #expect(start.duration(to: .now) < .seconds(10))
  }

  @Test("a waker outlives its client")
  func wakerAlone() throws {
    let waker = try makeClient().waker
    waker.wake()
  }

  @Test("a cancelled request never completes, and others go on")
  func cancelling() throws {
    let peer = try RawPeer { $0.hang() }
    let server = try echoServer()
    let client = try makeClient()
    let id = try client.submit(HTTPClient.Request(.get, peer.url))
    #expect(try client.poll(timeout: .milliseconds(20)).isEmpty)
    #expect(client.cancel(id))
    #expect(!client.cancel(id))
    #expect(client.inFlight == 0)
    let response = try client.perform(HTTPClient.Request(.get, "http://127.0.0.1:\(server.port)/echo/1"))
    #expect(response.status == 201)
  }

  @Test("perform leaves the completions of others for poll")
  func performBesideOthers() throws {
    let server = try echoServer()
    let client = try makeClient()
    let url = "http://127.0.0.1:\(server.port)/echo/1"
    let id = try client.submit(HTTPClient.Request(.get, url))
    for _ in 0..<3 { _ = try client.perform(HTTPClient.Request(.get, url)) }
    let completions = try client.poll(timeout: .seconds(5))
    #expect(completions.map(\.id) == [id])
  }

  @Test("the environment's proxy is not used")
  func noProxy() throws {
    setenv("http_proxy", "http://127.0.0.1:1/", 1)
    defer { unsetenv("http_proxy") }
    let server = try echoServer()
    let url = "http://127.0.0.1:\(server.port)/echo/1"
    #expect(try makeClient().perform(HTTPClient.Request(.get, url)).status == 201)
  }

  @Test(
    "URLs and headers that cannot be sent are refused before anything is",
    arguments: [
      ("ftp://127.0.0.1/", "a"), ("file:///etc/passwd", "a"), ("127.0.0.1/", "a"), ("http://u:p@127.0.0.1/", "a"),
      ("http://127.0.0.1/\r\nX: y", "a"), ("http://127.0.0.1/", "a\r\nX: y"), ("http://127.0.0.1/", "a\0"), ("", "a"),
    ])
  func refused(_ url: String, _ value: String) throws {
    let client = try makeClient()
    let error = #expect(throws: HTTPError.self) {
      try client.submit(HTTPClient.Request(.get, url, headers: ["X-Test": value]))
    }
    guard case .invalidRequest = error?.kind else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.mayHaveBeenSent == false)
  }
}
