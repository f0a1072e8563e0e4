import Foundation
import JSON

/// One line of `MessagesTests/Fixtures/*.jsonl`: a message body and what must become of it.
///
/// `body` (or `base64`, for bytes that are not UTF-8) may hold `<<text*count>>`, which stands for so many repetitions.
public struct Fixture: Sendable {
  public let name: String
  public let body: [UInt8]
  public let line: JSONValue

  public func text(_ key: String) -> String? {
    guard case .string(let text) = line[key] else { return nil }
    return text
  }

  public func flag(_ key: String) -> Bool { line[key] == .bool(true) }

  public static func load(_ file: String) throws -> [Fixture] {
    let data = try Data(contentsOf: folder.appending(path: file))
    return try data.split(separator: UInt8(ascii: "\n")).map { try Fixture(Array($0)) }
  }

  /// A fixture file that is plain text.
  public static func text(_ file: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appending(path: file)), as: UTF8.self)
  }

  private static var folder: URL {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../MessagesTests/Fixtures")
  }

  private init(_ text: [UInt8]) throws {
    line = try JSONValue.parse(text)
    guard case .string(let name) = line["name"] else { throw FixtureError.noName }
    self.name = name
    if case .string(let body) = line["body"] {
      self.body = Array(Self.expand(body).utf8)
    } else if case .string(let encoded) = line["base64"], let bytes = Data(base64Encoded: encoded) {
      body = Array(bytes)
    } else {
      throw FixtureError.noBody(name)
    }
  }

  enum FixtureError: Error {
    case noName
    case noBody(String)
  }

  private static func expand(_ text: String) -> String {
    text.replacing(#/<<(.)\*([0-9]+)>>/#) { match in
      String(repeating: String(match.output.1), count: Int(match.output.2) ?? 0)
    }
  }
}
