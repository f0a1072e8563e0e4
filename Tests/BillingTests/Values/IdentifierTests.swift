import Billing
import Testing

@Suite("Identifiers")
struct IdentifierTests {
  @Test("a usage id has 1 to 128 characters, counted as Unicode scalars")
  func usageIDLength() {
    #expect(UsageID("") == nil)
    #expect(UsageID("x")?.text == "x")
    #expect(UsageID(String(repeating: "😀", count: 128)) != nil)
    #expect(UsageID(String(repeating: "😀", count: 129)) == nil)
    #expect(UsageID(String(repeating: "e\u{301}", count: 64)) != nil)
    #expect(UsageID(String(repeating: "e\u{301}", count: 65)) == nil)
  }

  @Test(
    "a usage id has no control character",
    arguments: ["\0", "\u{1}", "\n", "\u{1F}", "\u{7F}", "\u{80}", "\u{85}", "\u{9F}"])
  func usageIDControls(text: String) {
    #expect(UsageID(text) == nil)
    #expect(UsageID("a\(text)b") == nil)
  }

  @Test(
    "characters beside the control characters are allowed",
    arguments: [" ", "~", "\u{A0}", "é", "\u{2028}", "\u{200B}"])
  func usageIDCharacters(text: String) {
    #expect(UsageID(text)?.text == text)
  }

  @Test("usage ids are the same exactly when their bytes are")
  func usageIDEquality() throws {
    let composed = try #require(UsageID("caf\u{E9}"))
    let decomposed = try #require(UsageID("cafe\u{301}"))
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed, composed]).count == 2)
    #expect(decomposed < composed)
  }

  @Test("usage ids are ordered by their bytes")
  func usageIDOrder() {
    let ids = ["b", "a", "ab", "é", "Z", "😀", "\u{FFFD}"].map(UsageID.init(trusted:))
    #expect(ids.sorted().map(\.text) == ["Z", "a", "ab", "b", "é", "\u{FFFD}", "😀"])
  }

  @Test("reserved prefixes are known in exactly their spelling")
  func reserved() {
    for text in ["order:1", "activation:", "charge:x", "void:void:x"] { #expect(UsageID(trusted: text).isReserved) }
    for text in ["order", "Order:1", " order:1", "orders:1", "x-order:1"] {
      #expect(!UsageID(trusted: text).isReserved)
    }
    #expect(UsageID(trusted: "u-1").voiding.isReserved)
  }

  @Test("a company id has 1 to 128 of its characters")
  func companyID() {
    for text in ["a", "A-z.0_9:", String(repeating: "x", count: 128)] { #expect(CompanyID(text)?.text == text) }
    for text in ["", " ", "a b", "ä", "a/b", "a\n", "a\0", "Ａ", String(repeating: "x", count: 129)] {
      #expect(CompanyID(text) == nil)
    }
  }

  @Test("a metric name begins with a letter and has 1 to 64 of its characters")
  func metricName() {
    for text in ["a", "api_call", "a1_", String(repeating: "x", count: 64)] { #expect(MetricName(text)?.text == text) }
    for text in ["", "1a", "_a", "Api", "api-call", "a b", "ä", "a\n", String(repeating: "x", count: 65)] {
      #expect(MetricName(text) == nil)
    }
  }
}
