import Glibc
import JSON

@testable import Stripe

/// A line of Fixtures/official-client.jsonl.
struct RecordedRequest {
  let name: String
  let method: String
  let target: String
  let headers: [String: String]
  let hasIdempotencyKey: Bool
  let body: String

  var isJSON: Bool { headers["Content-Type"] == "application/json" }

  private init(_ line: JSONValue) throws {
    name = try there(line["name"]?.text)
    method = try there(line["method"]?.text)
    target = try there(line["target"]?.text)
    body = try there(line["body"]?.text)
    hasIdempotencyKey = line["hasIdempotencyKey"]?.isTrue ?? false
    guard case .object(let members)? = line["headers"] else { throw Missing() }
    headers = Dictionary(uniqueKeysWithValues: try members.map { ($0.key, try there($0.value.text)) })
  }

  static func all() throws -> [RecordedRequest] {
    var folder = #filePath.split(separator: "/")
    folder.removeLast(2)
    let path = "/" + folder.joined(separator: "/") + "/Fixtures/official-client.jsonl"
    let file = try there(fopen(path, "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return try bytes.split(separator: UInt8(ascii: "\n")).map { try RecordedRequest(JSONValue.parse(Array($0))) }
  }
}
