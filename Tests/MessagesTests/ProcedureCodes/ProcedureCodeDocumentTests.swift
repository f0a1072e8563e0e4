import Billing
import JSON
import Messages
import TestSupport
import Testing

@Suite("The table of procedure codes")
struct ProcedureCodeDocumentTests {
  /// What each code is by the official list's own short text, sorted without the table: `advanced`, `standard`, or
  /// `unknown` for what no range may have.
  private static func known() throws -> [String: String] {
    var classes: [String: String] = [:]
    for line in try Fixture.text("procedure-codes.txt").split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      for code in words.dropFirst() { classes[code] = words[0] }
    }
    return classes
  }

  @Test("every code that is known has its class")
  func classes() throws {
    let table = try procedureCodes()
    let known = try Self.known()
    #expect(known.values.count { $0 == "advanced" } > 150)
    #expect(known.values.count { $0 == "standard" } > 150)
    #expect(known.values.count { $0 == "unknown" } > 50)
    for (text, imaging) in known {
      let code = try #require(ProcedureCode(text))
      #expect(table.imaging(code)?.rawValue ?? "unknown" == imaging, "\(text)")
    }
  }

  @Test("both ends of every range are codes whose class is known from elsewhere")
  func ends() throws {
    let known = try Self.known()
    for range in try procedureCodes().ranges {
      for end in [range.from, range.to] {
        #expect(known[end.description] == range.imaging?.rawValue ?? "unknown", "\(end)")
      }
    }
  }

  @Test(
    "the worked examples come out",
    arguments: [
      ("71046", nil, "standard"), ("73030", nil, "standard"), ("74177", nil, "advanced"), ("77049", nil, "advanced"),
      ("70551", "X-RAY", "advanced"), ("71046", "CT", "standard"), ("99213", "CT", "advanced"),
      ("77263", "XR", "standard"),
      ("", "MRI", "advanced"), (nil, "ULTRASOUND", "standard"), (nil, "X-RAY", "standard"), (nil, "CT", "advanced"),
      (nil, "Ductogram", "standard"), (nil, "consult", nil), ("garbage", nil, nil), (nil, nil, nil),
    ] as [(String?, String?, String?)])
  func examples(code: String?, modality: String?, expected: String?) throws {
    let table = try procedureCodes()
    let evidence = ImagingEvidence(
      byCode: code.flatMap { ProcedureCode($0) }.flatMap { table.imaging($0) },
      byModality: modality.flatMap { Modality.imaging($0) })
    #expect(evidence.imaging?.rawValue == expected)
  }

  @Test("no range names a code of another form, and all of the radiology section's ranges are there")
  func breadth() throws {
    let ranges = try procedureCodes().ranges
    #expect(ranges.count > 70)
    #expect(ranges.allSatisfy { !$0.why.isEmpty })
    #expect(ranges.contains { $0.from.description == "70010" })
    #expect(ranges.contains { $0.to.description == "79999" })
  }

  private func mistakes(_ ranges: String, leftOut: String = "", source: String = #""source":"s","#) -> String {
    let text = #"{\#(source)"ranges":[\#(ranges)],"leftOut":[\#(leftOut)]}"#
    do throws(ProcedureCodeMistakes) {
      _ = try ProcedureCodeDocument.decode(Array(text.utf8))
      return ""
    } catch {
      return error.description
    }
  }

  private func range(_ from: String, _ to: String, _ imaging: String = "standard", why: String = "w") -> String {
    #"{"from":"\#(from)","to":"\#(to)","imaging":"\#(imaging)","why":"\#(why)"}"#
  }

  @Test("mistakes in a table are named with their place, all at once")
  func readingMistakes() {
    #expect(mistakes(range("70010", "70020")) == "")
    #expect(mistakes("") == "ranges: at least one range")
    #expect(mistakes(range("70010", "70020"), source: "").hasPrefix("source: "))
    let several = mistakes(
      [
        range("7001", "70020"), range("70010", "g0219"), range("70010-26", "70020", "huge"),
        range("70010", "70020", why: ""), #"{"from":"70010","from2":"x"}"#, "5",
      ].joined(separator: ","))
    for place in [
      "ranges[0].from:", "ranges[1].to:", "ranges[2].from:", "ranges[2].imaging:", "ranges[3].why:", "ranges[4].from2:",
      "ranges[4].to:", "ranges[5]:",
    ] {
      #expect(several.contains(place), "\(place)")
    }
    #expect(mistakes("x").contains("JSON"))
  }

  @Test("ranges that overlap, run backwards or mix two forms of code are refused, wherever they stand")
  func overlaps() {
    for (first, second) in [
      (("70010", "70020"), ("70020", "70030")), (("70010", "70090"), ("70020", "70030")),
      (("C8900", "C8920"), ("C8910", "C8910")),
      (("70030", "70040"), ("70010", "70030")),
    ] {
      #expect(mistakes([first, second].map { range($0.0, $0.1) }.joined(separator: ",")).contains("one range only"))
    }
    // A long range also covers what comes after a short one within it.
    let within = [("70010", "70090"), ("70020", "70030"), ("70050", "70060")].map { range($0.0, $0.1) }
    #expect(mistakes(within.joined(separator: ",")).split(separator: "\n").count == 2)
    let leftOut = #"{"from":"70015","to":"70015","why":"w"}"#
    #expect(mistakes(range("70010", "70020"), leftOut: leftOut).contains("one range only"))
    #expect(mistakes(range("70020", "70010")).contains("from the lesser to the greater"))
    #expect(mistakes(range("70010", "C8900")).contains("one form"))
    #expect(mistakes(range("C8900", "G0219")).contains("one form"))
    #expect(mistakes(range("0633T", "0638U")).contains("one form"))
    #expect(
      mistakes([range("70010", "70020"), range("C0010", "C0020"), range("0010T", "0020T")].joined(separator: ",")) == ""
    )
  }

  @Test("the table keeps to its schema, and what breaks the schema is refused when it is loaded")
  func schema() throws {
    let schema = try MessageSchema(try JSONValue.parse(schemaText("procedure-codes.schema.json")))
    #expect(try schema.accepts(try JSONValue.parse(schemaText("procedure-codes.json"))))
    func document(_ range: String) -> String { #"{"source":"s","ranges":[\#(range)],"leftOut":[]}"# }
    let good = document(range("70010", "70020"))
    #expect(try schema.accepts(try JSONValue.parse(Array(good.utf8))))
    let bad = [
      "5", "{}", "[]", document(range("7001", "70020")), document(range("70010", "g0219")),
      document(range("70010", "70020", "huge")), document(range("70010", "70020", why: "")),
      document(range("70010", "70020").replacing("why", with: "because")), document("7"),
      good.replacing("leftOut", with: "left"), good.replacing(#""source":"s","#, with: ""),
    ]
    for text in bad.map({ Array($0.utf8) }) {
      #expect(try !schema.accepts(try JSONValue.parse(text)), "\(String(decoding: text, as: UTF8.self))")
      #expect(throws: ProcedureCodeMistakes.self) { try ProcedureCodeDocument.decode(text) }
    }
  }
}
