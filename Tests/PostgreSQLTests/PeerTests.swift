import PostgreSQL
import Testing

@Suite("Peers that misbehave")
struct PeerTests {
  private func connect(_ peer: ScriptedPeer) throws(PostgreSQLError) -> Connection {
    var configuration = try DatabaseConfiguration(
      url: "postgresql://worker:wrong-secret@127.0.0.1:\(peer.port)/usage?sslmode=disable&gssencmode=disable")
    configuration.connectTimeout = .seconds(5)
    return try Connection(configuration)
  }

  private func refusal(_ answer: [UInt8]) throws -> PostgreSQLError {
    let peer = try ScriptedPeer([answer])
    defer { peer.join() }
    return try failure { () throws(PostgreSQLError) in try connect(peer) }
  }

  @Test("a wrong password is told by its SQLSTATE and not worth a retry")
  func wrongPassword() throws {
    let error = try refusal(ScriptedPeer.error("28P01", "password authentication failed for user \"worker\""))
    #expect(error.kind == .connectFailed)
    #expect(error.sqlState == "28P01")
    #expect(error.message.contains("password authentication failed"))
    #expect(!error.isRetryable)
    #expect(!error.description.contains("wrong-secret"))
  }

  @Test("a server that is starting, shutting down or full is worth a retry", arguments: ["57P03", "57P01", "53300"])
  func unavailable(_ state: String) throws {
    let error = try refusal(ScriptedPeer.error(state, "not now"))
    #expect(error.kind == .connectFailed)
    #expect(error.sqlState == state)
    #expect(error.isRetryable)
  }

  @Test("a peer that is no database is an error", arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "", "\0\0\0\0"])
  func noDatabase(_ answer: String) throws {
    #expect(try refusal(Array(answer.utf8)).kind == .connectFailed)
  }

  @Test("a session that turns into nonsense is a lost connection")
  func nonsense() throws {
    let answers: [[UInt8]] = [
      ScriptedPeer.message("D", [0, 9]), ScriptedPeer.message("T", [0xFF, 0xFF]), Array("nonsense, at length".utf8),
      ScriptedPeer.message("?", []), [UInt8](repeating: 0xFF, count: 64), [],
    ]
    for answer in answers {
      let peer = try ScriptedPeer([ScriptedPeer.welcome, answer])
      let connection = try connect(peer)
      connection.queryTimeout = .seconds(5)
      let error = try failure { () throws(PostgreSQLError) in try connection.execute("SELECT 1") }
      #expect(error.isConnectionLost, "\(answer): \(error)")
      peer.join()
    }
  }
}
