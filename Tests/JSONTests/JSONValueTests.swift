import JSON
import Testing

@Suite("JSONValue")
struct JSONValueTests {
  @Test("a document becomes a tree with its numbers digit for digit and its members in order")
  func tree() throws {
    let value = try JSONValue.parse(Array(#"{"b":[1,800.00,{"c":"é\n"}],"a":null,"t":true,"e":{},"f":[]}"#.utf8))
    #expect(
      value
        == .object([
          ("b", .array([.number("1"), .number("800.00"), .object([("c", .string("é\n"))])])), ("a", .null),
          ("t", .bool(true)), ("e", .object([])), ("f", .array([])),
        ]))
    #expect(value["b"]?.kind == .array)
    #expect(value["x"] == nil)
  }

  @Test(
    "a document may be a single value",
    arguments: [("1", JSONValue.number("1")), (" \"a\" ", .string("a")), ("null", .null)])
  func scalars(text: String, expected: JSONValue) throws {
    #expect(try JSONValue.parse(Array(text.utf8)) == expected)
  }

  @Test("errors name line and column")
  func positions() {
    let error = #expect(throws: JSONError.self) { try JSONValue.parse(Array("{\n  \"a\": 1,\n  \"b\": 01\n}".utf8)) }
    #expect(error?.line == 3)
    #expect(error?.column == 8)
    #expect(error?.description == "malformed_json at line 3, column 8")
  }

  @Test("a name that occurs twice is refused at every depth, and the error names the path")
  func duplicates() {
    let text = #"{"plans":[{"id":1},{"rates":[{"metric":"secret-1","metric":"secret-2"}]}]}"#
    let error = #expect(throws: JSONError.self) { try JSONValue.parse(Array(text.utf8)) }
    #expect(error?.code == .duplicateKey)
    #expect(error?.path == "$.plans[1].rates[0].metric")
    #expect(error?.description.contains("secret") == false)
  }

  @Test(
    "text with half a surrogate pair is refused, in names too",
    arguments: [#"{"a":["\ud800"]}"#, #"{"a":{"\udfff":1}}"#])
  func surrogates(text: String) {
    let error = #expect(throws: JSONError.self) { try JSONValue.parse(Array(text.utf8)) }
    #expect(error?.code == .unpairedSurrogate)
    #expect(error?.path.hasPrefix("$.a") == true)
  }
}
