import Glibc
import Testing

/// Listens on loopback, waits for one client's first message, answers each message with the next of its byte strings, and
/// hangs up when there are no more.
final class ScriptedPeer: Sendable {
  let port: UInt16
  private let worker: Worker

  init(_ answers: [[UInt8]]) throws {
    let listener = try Loopback.listen()
    port = listener.port
    worker = try Worker {
      let client = accept(listener.socket, nil, nil)
      var chunk = [UInt8](repeating: 0, count: 4096)
      for answer in answers {
        if read(client, &chunk, chunk.count) <= 0 { break }
        _ = send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
      }
      close(client)
      close(listener.socket)
    }
  }

  func join() { worker.join() }

  static func message(_ type: Character, _ body: [UInt8]) -> [UInt8] {
    let length = UInt32(body.count + 4)
    return Array(String(type).utf8) + withUnsafeBytes(of: length.bigEndian) { Array($0) } + body
  }

  static let welcome = message("R", [0, 0, 0, 0]) + message("Z", Array("I".utf8))

  static func error(_ state: String, _ text: String) -> [UInt8] {
    message("E", Array("SFATAL\0VFATAL\0C\(state)\0M\(text)\0\0".utf8))
  }
}
