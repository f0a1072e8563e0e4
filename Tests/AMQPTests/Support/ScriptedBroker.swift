import Glibc

/// A peer that accepts one connection, plays the login like a broker, and then sends exactly what a test wants: things that
/// a real broker sends rarely, or never.
final class ScriptedBroker: Sendable {
  let port: UInt16
  private let listener: Listener

  /// - Parameter script: what to send after each method the client sends once the channel is open, in turn.
  init(_ script: [[UInt8]]) throws {
    let listener = try Listener()
    self.listener = listener
    port = listener.port
    onThread {
      let client = listener.accept()
      guard client >= 0 else { return }
      Self.play(script, to: client)
      close(client)
    }
  }

  deinit { listener.close() }

  private static func play(_ script: [[UInt8]], to client: Int32) {
    var header = [UInt8](repeating: 0, count: 8)
    guard recv(client, &header, 8, Int32(MSG_WAITALL)) == 8 else { return }
    let login: [[UInt8]] = [
      Frame.method(10, 10, [0, 9] + Frame.long([]) + Frame.long(Array("PLAIN".utf8)) + Frame.long([]), channel: 0),
      Frame.method(10, 30, [0, 1, 0, 2, 0, 0, 0, 0], channel: 0),
      [],
      Frame.method(10, 41, [0], channel: 0),
      Frame.method(20, 11, Frame.long([])),
    ]
    guard write(client, login[0]) else { return }
    for answer in login.dropFirst() + script {
      guard skipMethod(from: client), write(client, answer) else { return }
    }
    // Ends when the client does.
    while skipMethod(from: client) {}
  }

  private static func write(_ client: Int32, _ bytes: [UInt8]) -> Bool {
    send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  /// Reads frames up to and including one that holds a method; the content that follows one is skipped with the next.
  private static func skipMethod(from client: Int32) -> Bool {
    while true {
      var head = [UInt8](repeating: 0, count: 7)
      guard recv(client, &head, 7, Int32(MSG_WAITALL)) == 7 else { return false }
      let size = head[3...6].reduce(0) { $0 << 8 | Int($1) } + 1
      var rest = [UInt8](repeating: 0, count: size)
      guard recv(client, &rest, size, Int32(MSG_WAITALL)) == size else { return false }
      if head[0] == 1 { return true }
    }
  }
}

/// Frames as bytes.
enum Frame {
  static func method(_ classID: UInt16, _ methodID: UInt16, _ arguments: [UInt8], channel: UInt16 = 1) -> [UInt8] {
    frame(1, channel, big(classID) + big(methodID) + arguments)
  }

  /// A content header whose only property is the encoded table of headers.
  static func header(size: UInt64, table: [UInt8]?) -> [UInt8] {
    frame(
      2, 1, big(UInt16(60)) + big(UInt16(0)) + big(size) + (table.map { big(UInt16(1 << 13)) + long($0) } ?? [0, 0]))
  }

  static func body(_ bytes: [UInt8]) -> [UInt8] { frame(3, 1, bytes) }

  static func deliver(_ tag: UInt64, consumer: String) -> [UInt8] {
    method(60, 60, short(consumer) + big(tag) + [0] + short("") + short("q"))
  }

  static func short(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

  static func long(_ bytes: [UInt8]) -> [UInt8] { big(UInt32(bytes.count)) + bytes }

  static func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

  private static func frame(_ type: UInt8, _ channel: UInt16, _ payload: [UInt8]) -> [UInt8] {
    [type] + big(channel) + big(UInt32(payload.count)) + payload + [0xCE]
  }
}
