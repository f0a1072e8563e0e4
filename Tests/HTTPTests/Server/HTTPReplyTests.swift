import Glibc
import HTTP
import Synchronization
import Testing

/// Answers that come later, and none at all.
@Suite struct HTTPReplyTests {
  private let calls = Calls()

  private final class Calls: Sendable {
    let taken = Atomic(0)
    let later = Atomic(0)
  }

  private func server(maximumConnections: Int = 2000) throws -> HTTPServer {
    var limits = HTTPServer.Limits()
    limits.maximumConnections = maximumConnections
    let calls = calls
    return try HTTPServer(
      address: "127.0.0.1", port: 0, routes: [HTTPRoute(.get, "/route") { _ in .text("a route") }], limits: limits
    ) { request in
      switch request.path {
      case "/later":
        calls.taken.add(1, ordering: .relaxed)
        return .later(.milliseconds(request.query.isEmpty ? 20 : 60_000)) {
          calls.later.add(1, ordering: .relaxed)
          return .now(.text("later \(request.body.count)"))
        }
      case "/twice": return .later(.milliseconds(5)) { .later(.milliseconds(5)) { .now(.text("twice")) } }
      case "/gone": return .hangUp
      case "/later-gone": return .later(.milliseconds(5)) { .hangUp }
      default: return .now(.text("otherwise \(request.method.rawValue) \(request.path) \(request.query)"))
      }
    }
  }

  private func answer(_ server: HTTPServer, _ path: String, body: String = "") -> String {
    let client = RawClient(server.port)
    client.send(
      "POST \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    return client.readAll()
  }

  @Test("what no route fits goes to the other handler, with method, path and query")
  func otherwise() throws {
    let server = try server()
    #expect(answer(server, "/a/b?c=%20").hasSuffix("otherwise POST /a/b c=%20\n"))
    #expect(answer(server, "/route").hasPrefix("HTTP/1.1 405"))
  }

  @Test("an answer can come later, in two steps too, and does not hold up others meanwhile")
  func later() throws {
    let server = try server()
    let waiting = RawClient(server.port)
    waiting.send("POST /later?long HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    #expect(answer(server, "/later", body: "four").hasSuffix("later 4\n"))
    #expect(answer(server, "/twice").hasSuffix("twice\n"))
    #expect(calls.later.load(ordering: .relaxed) == 1)
  }

  @Test("a hundred answers wait at once on one thread, and one connection serves many in turn")
  func manyWaiting() throws {
    let server = try server()
    let clients = (0..<100).map { _ in RawClient(server.port) }
    let request = "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    for client in clients { client.send(request) }
    for client in clients { #expect(client.read().hasPrefix("HTTP/1.1 200")) }
    let pipelining = clients[0]
    pipelining.send(request + request + "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    let answers = pipelining.readAll()
    #expect(answers.ranges(of: "later 0").count == 2)
    #expect(answers.hasSuffix("otherwise GET / \n"))
  }

  @Test(
    "hanging up resets the connection: the peer has no answer and no orderly end", arguments: ["/gone", "/later-gone"])
  func hangUp(_ path: String) throws {
    let server = try server()
    let client = RawClient(server.port)
    client.send("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    var byte: UInt8 = 0
    #expect(recv(client.descriptor, &byte, 1, 0) == -1)
    #expect(errno == ECONNRESET)
    #expect(answer(server, "/").hasPrefix("HTTP/1.1 200"))
  }

  @Test("a peer that leaves before its answer harms nobody, and what was to be done is done")
  func impatientPeer() throws {
    let server = try server(maximumConnections: 4)
    for count in 1...20 {
      // Beyond the limit connections may be refused: then it is tried again.
      let isTaken = eventually {
        let client = RawClient(server.port)
        client.send("POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        return waitBriefly { calls.taken.load(ordering: .relaxed) >= count }
      }
      #expect(isTaken)
    }
    #expect(eventually { calls.later.load(ordering: .relaxed) == calls.taken.load(ordering: .relaxed) })
    #expect(eventually { answer(server, "/").hasPrefix("HTTP/1.1 200") })
  }

  private func waitBriefly(_ condition: () -> Bool) -> Bool {
    for _ in 0..<100 where !condition() { usleep(2000) }
    return condition()
  }

  @Test("stopping gives the answers that are due in time, resets the others, and calls no handler after it")
  func stopping() throws {
    let server = try server()
    let short = RawClient(server.port)
    short.send("POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    let long = RawClient(server.port)
    long.send("POST /later?long HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    #expect(eventually { calls.taken.load(ordering: .relaxed) == 2 })
    #expect(server.stop(within: .milliseconds(500)))
    #expect(short.readAll().hasSuffix("later 0\n"))
    #expect(long.readAll().isEmpty)
    #expect(calls.later.load(ordering: .relaxed) == 1)
  }
}
