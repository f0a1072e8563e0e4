import Testing

@testable import Audit

@Suite struct AuditHeadTests {
  private let digits = String(repeating: "0f", count: 32)

  @Test("a head reads back as it was written, in either case")
  func readBack() throws {
    let head = try #require(AuditHead("128:\(digits)"))
    #expect((head.number, head.hash) == (128, [UInt8](repeating: 15, count: 32)))
    #expect(head.description == "128:\(digits)")
    #expect(AuditHead("128:\(digits.uppercased())") == head)
  }

  @Test(
    "what is no head is refused",
    arguments: [
      "", ":", "1", "1:", "1:0f", "-1:#", "+1:#", "1:#0", "x:#", ":#", "1:#:", "99999999999999999999:#",
      "1:g#", "1: #",
    ])
  func refused(text: String) {
    #expect(AuditHead(text.replacing("#", with: digits)) == nil)
  }
}
