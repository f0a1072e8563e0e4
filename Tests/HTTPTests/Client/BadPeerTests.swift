import Glibc
import HTTP
import Synchronization
import Testing

/// The client against peers that misbehave: what failed, and whether the request may have been received.
@Suite struct BadPeerTests {
  private func client(
    connectTimeout: Duration = .seconds(5), maximumBodySize: Int = 100_000, maximumHeaderSize: Int = 10_000
  ) throws -> HTTPClient {
    var configuration = HTTPClient.Configuration(userAgent: "http-tests/1")
    configuration.connectTimeout = connectTimeout
    configuration.maximumBodySize = maximumBodySize
    configuration.maximumHeaderSize = maximumHeaderSize
    return try HTTPClient(configuration)
  }

  private func failure(_ url: String, timeout: Duration = .seconds(10)) throws -> HTTPError {
    let request = HTTPClient.Request(
      .post, url + "secret-path", headers: ["Authorization": "Bearer secret-key"], body: Array("secret-body".utf8),
      timeout: timeout)
    let client = try client()
    let error = try #require(throws: HTTPError.self) { try client.perform(request) }
    #expect(!error.description.contains("secret") && !"\(error)".contains("secret"))
    return error
  }

  @Test("a refused connection: nothing was sent")
  func refusedConnection() throws {
    let port = try RawPeer { _ in }.port
    let error = try failure("http://127.0.0.1:\(port)/")
    guard case .connectFailed = error.kind else {
      Issue.record("\(error)")
      return
    }
    #expect(!error.mayHaveBeenSent && error.isRetryable)
    #expect(error.origin == "http://127.0.0.1:\(port)")
  }

  @Test("an unknown host: nothing was sent")
  func unknownHost() throws {
    let error = try failure("http://no-such-host.invalid/")
    guard case .connectFailed = error.kind else {
      Issue.record("\(error)")
      return
    }
    #expect(!error.mayHaveBeenSent)
  }

  @Test(
    "an answer cut off, missing or no HTTP: the request may have been received",
    arguments: [
      "", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n",
    ])
  func cutOff(_ answer: String) throws {
    let peer = try RawPeer {
      $0.readRequest()
      $0.send(answer)
    }
    let error = try failure(peer.url)
    guard case .noAnswer = error.kind else {
      Issue.record("\(error)")
      return
    }
    #expect(error.mayHaveBeenSent && error.isRetryable)
  }

  @Test("a peer that hangs after the request: timed out, may have been received")
  func hanging() throws {
    let peer = try RawPeer { $0.hang() }
    let error = try failure(peer.url, timeout: .milliseconds(150))
    #expect(error.kind == .timedOut && error.mayHaveBeenSent)
  }

  @Test("a peer that hangs in the TLS handshake: timed out, not sent")
  func hangingHandshake() throws {
    let peer = try RawPeer { $0.hang() }
    let error = try failure("https://127.0.0.1:\(peer.port)/", timeout: .milliseconds(150))
    #expect(error.kind == .timedOut && !error.mayHaveBeenSent)
  }

  @Test("the connect timeout ends a handshake before the request's time is over")
  func connectTimeout() throws {
    let peer = try RawPeer { $0.hang() }
    let client = try client(connectTimeout: .milliseconds(100))
    let error = try #require(throws: HTTPError.self) {
      try client.perform(HTTPClient.Request(.get, "https://127.0.0.1:\(peer.port)/", timeout: .seconds(30)))
    }
    #expect(error.kind == .timedOut && !error.mayHaveBeenSent)
  }

  @Test("a peer that drips its answer runs into the request's time")
  func dripping() throws {
    let peer = try RawPeer { link in
      link.readRequest()
      link.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
      for _ in 0..<200 {
        link.send("x")
        usleep(10_000)
      }
    }
    let error = try failure(peer.url, timeout: .milliseconds(200))
    #expect(error.kind == .timedOut && error.mayHaveBeenSent)
  }

  @Test("headers over the limit, in one field or in many", arguments: [1, 1000])
  func hugeHeaders(_ count: Int) throws {
    let line = "X-Large: " + String(repeating: "x", count: 50_000 / count) + "\r\n"
    let peer = try RawPeer {
      $0.readRequest()
      $0.send("HTTP/1.1 200 OK\r\n" + String(repeating: line, count: count) + "Content-Length: 0\r\n\r\n")
      $0.hang()
    }
    let error = try failure(peer.url)
    #expect(error.kind == .tooLarge && error.mayHaveBeenSent)
  }

  @Test("a body over the limit, announced or chunked", arguments: [true, false])
  func hugeBody(_ isAnnounced: Bool) throws {
    let peer = try RawPeer {
      $0.readRequest()
      let body = String(repeating: "x", count: 200_000)
      $0.send(
        isAnnounced
          ? "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n\(body)"
          : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n30D40\r\n\(body)\r\n0\r\n\r\n")
      $0.hang()
    }
    #expect(try failure(peer.url).kind == .tooLarge)
  }

  @Test("a chunked answer is put together; interim answers are passed over; a redirect is returned, not followed")
  func oddAnswers() throws {
    let peer = try RawPeer {
      $0.readRequest()
      $0.send("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n")
      $0.send("Transfer-Encoding: chunked\r\nX-A:  1 \r\nx-a: 2\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
      $0.hang()
    }
    let response = try client().perform(HTTPClient.Request(.get, peer.url))
    #expect(response.status == 302)
    #expect(response.body == Array("hello".utf8))
    #expect(response.headers.values(of: "X-a") == ["1", "2"])
    #expect(response.headers["Link"] == nil)
  }

  @Test("a POST is not sent again on another connection when the kept one ends; a GET is")
  func noHiddenRepetition() throws {
    let peer = try RawPeer { link in
      link.readRequest()
      link.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      // The second request is read, and the connection closed without an answer.
      link.readRequest()
    }
    let client = try client()
    _ = try client.perform(HTTPClient.Request(.get, peer.url))
    let error = try #require(throws: HTTPError.self) { try client.perform(HTTPClient.Request(.post, peer.url)) }
    guard case .noAnswer = error.kind else {
      Issue.record("\(error)")
      return
    }
    #expect(error.mayHaveBeenSent)
    #expect(peer.requests.load(ordering: .relaxed) == 2)
    _ = try client.perform(HTTPClient.Request(.get, peer.url))
    #expect(try client.perform(HTTPClient.Request(.get, peer.url)).status == 200)
  }
}
