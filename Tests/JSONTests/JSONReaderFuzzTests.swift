import JSON
import TestBasics
import Testing

@Suite("JSONReader against a slow reading of the RFC")
struct JSONReaderFuzzTests {
  private static let seeds = [
    #"{"usageId":"3f0c7a52-5b0f","companyId":"comp-123","quantity":1.50e2,"metadata":{"a":[1,2,{"b":null}],"c":"\u00e9"}}"#,
    #"[true,false,null,-0,0.1,1E+9,"","\\","\"","\ud800",[],{},[[[]]],{"a":{"b":{"c":[1,"é😀"]}}}]"#,
    #"  { "a" : [ 1 , 2 ] , "b" : "text with spaces" }  "#,
  ].map { Array($0.utf8) }

  private static let pieces =
    [
      "\"", "\\", "\\\"", "\\u12", "\\u0041", "{", "}", "[", "]", ",", ":", "0", "1", "-", ".", "e", "+", " ", "\n",
      "\t",
      "true", "null", "é", "\u{C}", "\u{1A}", "\0", "\"a\"", "\"a\":", "x", "/",
    ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80]]

  @Test("both agree on 60,000 broken and unbroken documents", arguments: [1, 2, 3])
  func agreement(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let reader = try JSONReader()
    var accepted = 0
    for _ in 0..<20_000 {
      var document = Self.seeds[random.next(Self.seeds.count)]
      for _ in 0..<random.next(4) {
        let position = random.next(document.count + 1)
        switch random.next(4) {
        case 0 where position < document.count: document.remove(at: position)
        case 1 where position < document.count: document[position] = UInt8(random.next(128))
        case 2: document.removeSubrange(position..<min(document.count, position + random.next(6)))
        default: document.insert(contentsOf: Self.pieces[random.next(Self.pieces.count)], at: position)
        }
      }
      let expected = SlowJSON.accepts(document)
      var verdict = true
      do throws(JSONError) {
        try reader.read(document)
      } catch {
        // Names that occur twice are legal in the RFC and refused here.
        verdict = error.code == .duplicateKey
      }
      accepted += expected ? 1 : 0
      try #require(verdict == expected, "\(String(decoding: document, as: UTF8.self)) \(document)")
      _ = try? JSONValue.parse(document)
    }
    #expect(accepted > 1000)
    #expect(accepted < 19_000)
  }

  @Test("every truncation of a document is refused")
  func truncation() throws {
    let reader = try JSONReader()
    for seed in Self.seeds {
      let document = Array(String(decoding: seed, as: UTF8.self).split(separator: " ").joined(separator: " ").utf8)
      for end in 0..<document.count {
        #expect(throws: JSONError.self) { try reader.read(Array(document[..<end])) }
      }
      try reader.read(document)
    }
  }
}

extension SeededGenerator {
  /// From 0 to below `bound`.
  fileprivate mutating func next(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
