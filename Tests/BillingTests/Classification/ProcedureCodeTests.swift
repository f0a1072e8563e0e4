import Testing

@testable import Billing

@Suite("ProcedureCode")
struct ProcedureCodeTests {
  @Test(
    "a code is read in either case, with white space around it and modifiers after it",
    arguments: [
      ("74177", "74177"), (" 74177-26 ", "74177"), ("74177 26", "74177"), ("74177,26,LT", "74177"),
      ("74177-26-LT", "74177"),
      ("\t74177\n", "74177"), ("74177-", "74177"), ("74177 - tc", "74177"), ("g0219", "G0219"), ("G0219", "G0219"),
      ("c8900-26", "C8900"), ("0633t", "0633T"), ("0633T", "0633T"), ("00100", "00100"),
    ])
  func codes(text: String, code: String) {
    #expect(ProcedureCode(text)?.description == code)
  }

  @Test(
    "garbage is not a code",
    arguments: [
      "", " ", "7417", "741777", "74177CT", "7417726", "74177 chest", "74177-2", "74177-266", "74177/26", "74177.0",
      "74 177", "7 4177", "CT", "CPT 74177", "7417A7", "AB123", "1234é", "é1234", "٧٤١٧٧", "７４１７７", "74177\u{0}",
      "-74177",
      "GG219", "G021", "G02199", "74177 & 71046", "12345 Main Street",
    ])
  func garbage(text: String) {
    #expect(ProcedureCode(text) == nil)
  }

  @Test("codes are in the order of their numbers, each form by itself")
  func order() throws {
    let ordered = try ["70010", "79999", "C8900", "C8901", "G0001", "0633T", "0634T", "0001U"].map {
      try #require(ProcedureCode($0))
    }
    #expect(ordered.shuffled().sorted() == ordered)
  }

  @Test("the look-up agrees with a search through all ranges, at their ends and beside them")
  func lookUp() throws {
    func code(_ text: String) throws -> ProcedureCode { try #require(ProcedureCode(text)) }
    let ranges = try [
      ("70010", "70020", ImagingClass.standard), ("70021", "70021", .advanced), ("70030", "70040", .advanced),
      ("C0010", "C0020", .standard), ("0010T", "0020T", .advanced), ("99999", "99999", .standard),
    ].map { ProcedureCodeRange(from: try code($0.0), to: try code($0.1), imaging: $0.2, why: "w") }
    let leftOut = ProcedureCodeRange(from: try code("70025"), to: try code("70026"), imaging: nil, why: "w")
    let table = try ProcedureCodeTable((ranges + [leftOut]).shuffled())
    for number in [0, 9, 10, 20, 21, 9999] + Array(70005...70045) + [99998, 99999] {
      for text in [padded(number, 5), "C" + padded(number % 10000, 4), padded(number % 10000, 4) + "T"] {
        let code = try code(text)
        let expected = ranges.first { $0.from.series == code.series && ($0.from...$0.to).contains(code) }?.imaging
        #expect(table.imaging(code) == expected, "\(text)")
      }
    }
    #expect(try ProcedureCodeTable([]).imaging(code("70010")) == nil)
  }
}
