import Glibc
import HTTP
import Testing

/// Whom the client trusts.
@Suite struct TLSTests {
  init() { signal(SIGPIPE, SIG_IGN) }

  private func client(trusting authorities: String?) throws -> HTTPClient {
    var configuration = HTTPClient.Configuration(userAgent: "http-tests/1")
    configuration.authoritiesFile = authorities
    return try HTTPClient(configuration)
  }

  private func expectRefusal(_ peer: TLSPeer, trusting authorities: String?) throws {
    let client = try client(trusting: authorities)
    let error = try #require(throws: HTTPError.self) {
      try client.perform(HTTPClient.Request(.get, "https://127.0.0.1:\(peer.port)/"))
    }
    guard case .tls = error.kind else {
      Issue.record("\(error)")
      return
    }
    #expect(!error.mayHaveBeenSent && !error.isRetryable)
  }

  @Test("a certificate of a trusted authority for this host", .enabled(if: TLSPeer.Program.openssl.isThere))
  func trusted() throws {
    let peer = try TLSPeer(names: "IP:127.0.0.1")
    let client = try client(trusting: peer.authority)
    #expect(try client.perform(HTTPClient.Request(.get, "https://127.0.0.1:\(peer.port)/")).status == 200)
  }

  @Test("a certificate of an unknown authority: not sent", .enabled(if: TLSPeer.Program.openssl.isThere))
  func unknownAuthority() throws {
    try expectRefusal(TLSPeer(names: "IP:127.0.0.1"), trusting: nil)
  }

  @Test("a certificate for another host: not sent", .enabled(if: TLSPeer.Program.openssl.isThere))
  func otherHost() throws {
    let peer = try TLSPeer(names: "DNS:example.org")
    try expectRefusal(peer, trusting: peer.authority)
  }

  @Test("an authorities file that is not there: not sent", .enabled(if: TLSPeer.Program.openssl.isThere))
  func noAuthorities() throws {
    try expectRefusal(TLSPeer(names: "IP:127.0.0.1"), trusting: "/nonexistent.pem")
  }

  @Test("HTTP/2 carries a hundred requests at once on one connection", .enabled(if: TLSPeer.Program.nodeHTTP2.isThere))
  func multiplexed() throws {
    let peer = try TLSPeer(names: "IP:127.0.0.1", .nodeHTTP2)
    let client = try client(trusting: peer.authority)
    for _ in 0..<100 { _ = try client.submit(HTTPClient.Request(.post, "https://127.0.0.1:\(peer.port)/")) }
    let end = ContinuousClock.now + .seconds(20)
    var answers = 0
    while client.inFlight > 0, .now < end {
      for completion in try client.poll(timeout: .seconds(1)) {
        #expect(try completion.result.get().headers["X-Version"] == "2.0")
        answers += 1
      }
    }
    #expect(answers == 100)
    #expect(client.connectionsOpened == 1)
  }
}
