import JSON
import Testing

@Suite("JSONReader")
struct JSONReaderTests {
  @Test("fields of every kind are found by name, with their text as it stands")
  func fields() throws {
    let reader = try JSONReader()
    try reader.read(
      Array(#"{"s":"text","n":-1.50e+2,"t":true,"f":false,"z":null,"a":[1,[2]],"o":{"x":{"y":1},"w":"v"}} "#.utf8))
    func check(_ name: StaticString, _ kind: JSONKind, _ text: String) throws {
      let field = try #require(reader.field(name))
      #expect(field.kind == kind)
      #expect(reader.rawText(of: field) == Array(text.utf8))
      #expect(reader.rawLength(of: field) == text.utf8.count)
      #expect(reader.withRawText(of: field) { $0.count } == text.utf8.count)
    }
    try check("s", .string, "text")
    try check("n", .number, "-1.50e+2")
    try check("t", .true, "true")
    try check("f", .false, "false")
    try check("z", .null, "null")
    try check("a", .array, "[1,[2]]")
    try check("o", .object, #"{"x":{"y":1},"w":"v"}"#)
    #expect(reader.field("absent") == nil)
    let inner = try #require(reader.field("o"))
    #expect(try reader.string(#require(reader.field("w", in: inner))) == "v")
    #expect(reader.field("y", in: inner) == nil)
    #expect(reader.fields.count == 7)
  }

  @Test("names that share their first eight bytes are told apart")
  func longNames() throws {
    let reader = try JSONReader()
    try reader.read(Array(#"{"subscriptionId":1,"subscriptionIdentifier":2,"subscription":3}"#.utf8))
    for (name, value): (StaticString, String) in [
      ("subscriptionId", "1"), ("subscriptionIdentifier", "2"), ("subscription", "3"),
    ] {
      #expect(reader.rawText(of: try #require(reader.field(name))) == Array(value.utf8))
    }
    #expect(reader.field("subscriptionIdX") == nil)
  }

  @Test("escapes in names and strings are unescaped")
  func escapes() throws {
    let reader = try JSONReader()
    try reader.read(Array(#"{"\u0061\"b":"\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00 é","n":"a\u0000b"}"#.utf8))
    let field = try #require(reader.field("a\"b"))
    #expect(reader.isEscaped(field))
    #expect(try reader.string(field) == "\"\\/\u{8}\u{C}\n\r\té€😀 é")
    #expect(try reader.string(#require(reader.field("n"))) == "a\0b")
  }

  @Test(
    "a lone surrogate is legal where nobody reads it and refused where it is read",
    arguments: [
      #"{"s":"\ud800"}"#, #"{"s":"\udc00"}"#, #"{"s":"\ud800\u0041"}"#, #"{"s":"\ud800x"}"#, #"{"s":"\udc00\ud800"}"#,
    ])
  func loneSurrogates(text: String) throws {
    let reader = try JSONReader()
    try reader.read(Array(text.utf8))
    let field = try #require(reader.field("s"))
    #expect(reader.withString(of: field) { $0.count } == nil)
    #expect(throws: JSONError(.unpairedSurrogate, offset: 6)) { try reader.string(field) }
  }

  @Test("numbers beyond every range are legal JSON")
  func hugeNumbers() throws {
    let reader = try JSONReader()
    let digits = String(repeating: "9", count: 1000)
    try reader.read(Array("{\"a\":1e400,\"b\":\(digits),\"c\":-1e-99999999999999999999}".utf8))
    #expect(reader.rawText(of: try #require(reader.field("b"))) == Array(digits.utf8))
  }

  @Test(
    "what RFC 8259 does not allow is malformed",
    arguments: [
      "", " ", "{", "}", "[", "]", "{]", "[}", "{}{}", "{} x", "{},", "[1,]", "[,1]", "{\"a\":1,}", "{,}", "{\"a\"}",
      "{\"a\":}", "{\"a\" 1}", "{a:1}", "{1:1}", "{'a':1}", "[\"a\":1]", "{\"a\":1 \"b\":2}", "[1 2]", "[\"a\" \"b\"]",
      "[\"a\"\"b\"]", "[\"a\"b]", "[1\"a\"]", "[tru]", "[truee]", "[True]", "[nul]", "[nulll]", "[false0]", "[NaN]",
      "[Infinity]", "[-Infinity]", "[+1]", "[01]", "[-01]", "[00]", "[-]", "[.5]", "[1.]", "[1.e1]", "[1e]", "[1e+]",
      "[1E-]", "[0x10]", "[1_000]", "[1,000e]", "[--1]", "[\"\\x\"]", "[\"\\u12\"]", "[\"\\u12G4\"]", "[\"\\\"]",
      "[\"a]",
      "[\"a\n\"]", "[\"\u{1}\"]", "[\"\t\"]", "\u{FEFF}{}", "[1]//", "/**/[1]", "[1\u{C}]", "[1\u{1A}2]", "[1\u{B},2]",
      "{\"a\"\u{1A}1}", "[1\u{A0}]", "\\\"a\"", "[\\\"a\"]", "[1\\]", "[1\\\"]", "{\"a\":1\\\"}", "[\"a\"\\]", "nul",
      "\"a",
      "[1\0]", "{}\0",
    ])
  func malformed(text: String) throws {
    let reader = try JSONReader()
    for padding in [0, 1, 57, 60, 63, 64, 120] {
      let padded = String(repeating: " ", count: padding) + text
      let error = #expect(throws: JSONError.self) { try reader.read(Array(padded.utf8)) }
      #expect(error?.code == .malformed, "\(padding)")
      #expect(reader.root == nil)
    }
  }

  @Test(
    "bytes that are not UTF-8 are told as such",
    arguments: [
      [0xFF], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
      [0xF5, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0x80], [0xE2, 0x82], [0xC3],
    ] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) throws {
    let reader = try JSONReader()
    let body = Array("{\"deep\":{\"ignored\":[\"".utf8) + bytes + Array("\"]}}".utf8)
    let error = #expect(throws: JSONError.self) { try reader.read(body) }
    #expect(error?.code == .notUTF8)
  }

  @Test("nesting is allowed to the limit and refused beyond it")
  func depth() throws {
    let reader = try JSONReader()
    func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
      Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
    }
    try reader.read(nested(64, "[", "]"))
    try reader.read(nested(64, "{\"a\":", "}"))
    for body in [nested(65, "[", "]"), nested(65, "{\"a\":", "}"), nested(30_000, "[", "]")] {
      let error = #expect(throws: JSONError.self) { try reader.read(body) }
      #expect(error?.code == .tooDeep)
    }
  }

  @Test("a name that occurs twice is found in the root object and in objects inside it, under every spelling")
  func duplicates() throws {
    let reader = try JSONReader()
    let names: [StaticString] = ["usageId", "metadata"]
    for (text, name): (String, String?) in [
      (#"{"usageId":1,"x":2,"usageId":3}"#, "usageId"), (#"{"usageId":1,"usage\u0049d":3}"#, "usageId"),
      (#"{"metadata":{"k":1,"k":2}}"#, "metadata"), (#"{"":1,"":2}"#, nil), (#"{"x":{"k":1,"k":2}}"#, nil),
    ] {
      let error = #expect(throws: JSONError.self) { try reader.read(Array(text.utf8)) }
      #expect(error?.code == .duplicateKey)
      #expect(reader.duplicate(among: names)?.description == name)
    }
    try reader.read(Array(#"{"a":{"k":1},"b":{"k":1},"k":1,"A":2}"#.utf8))
    #expect(reader.duplicate(among: names) == nil)
  }

  @Test("a duplicate among thousands of names is found, and no other")
  func manyNames() throws {
    let reader = try JSONReader()
    let members = (0..<5000).map { "\"name-\($0)\":\($0)" }
    try reader.read(Array("{\(members.joined(separator: ","))}".utf8))
    for duplicate in [0, 7, 4999] {
      let error = #expect(throws: JSONError.self) {
        try reader.read(Array("{\(members.joined(separator: ",")),\"name-\(duplicate)\":1}".utf8))
      }
      #expect(error?.code == .duplicateKey)
    }
  }

  @Test("a field of an earlier document does no harm on a later one")
  func staleFields() throws {
    let reader = try JSONReader()
    try reader.read(Array(#"{"a":1,"b":2,"c":"three"}"#.utf8))
    let field = try #require(reader.field("c"))
    try reader.read(Array("[]".utf8))
    #expect(reader.rawText(of: field) == [])
    #expect(reader.withString(of: field) { $0.count } == nil)
    #expect(throws: JSONError.self) { try reader.string(field) }
  }

  @Test("where all are read, elements of arrays are fields, with members that have names")
  func deepFields() throws {
    let reader = try JSONReader()
    let document = Array(#"{"events":[{"name":"a","more":{"k\u00e9":[1,"x"]}},5]}"#.utf8)
    try reader.read(document.span, all: true)
    let list = try #require(reader.field("events"))
    let events = reader.children(of: list)
    #expect(events.map(\.kind) == [.object, .number])
    #expect(try reader.string(#require(reader.field("name", in: events[0]))) == "a")
    let more = try #require(reader.field("more", in: events[0]))
    let inner = try #require(reader.children(of: more).first)
    #expect(reader.key(of: inner) == "ké" && reader.key(of: events[0]) == nil)
    #expect(reader.children(of: inner).map { reader.rawText(of: $0) } == [Array("1".utf8), Array("x".utf8)])
    // Without that, what lies deeper has no fields.
    try reader.read(document)
    let shallow = try #require(reader.field("events"))
    #expect(reader.children(of: shallow).isEmpty)
  }

  @Test("documents larger than the first buffers are read, and small ones after them")
  func growth() throws {
    let reader = try JSONReader()
    for size in [10, 5000, 100, 70_000, 1_000_000, 3] {
      let text = String(repeating: "é", count: size)
      try reader.read(Array("{\"text\":\"\(text)\",\"escaped\":\"\\n\(text)\"}".utf8))
      #expect(try reader.string(#require(reader.field("text"))) == text)
      #expect(try reader.string(#require(reader.field("escaped"))) == "\n" + text)
    }
  }
}
