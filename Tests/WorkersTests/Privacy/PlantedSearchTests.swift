import Testing

/// The test of what leaves is worth as much as its search.
@Suite("The search for planted data")
struct PlantedSearchTests {
  private static let person = PlantedPerson.all[0]
  private static let search = PlantedSearch(PlantedPerson.all.flatMap(\.tokens))

  @Test("every planted text is found, in either case", arguments: PlantedPerson.all.flatMap(\.texts))
  func plain(_ text: String) {
    let token = text.lowercased()
    #expect(Self.search.tokens(in: "before \(text) after").contains(token))
    #expect(Self.search.tokens(in: "before \(text.uppercased()) after").contains(token))
  }

  @Test(
    "every planted text is found behind each encoding, and behind two",
    arguments: PlantedPerson.all.prefix(8).flatMap(\.texts))
  func encoded(_ text: String) {
    let token = text.lowercased()
    let ways: [(String) -> String] = [
      PlantedText.json, PlantedText.escaped, { PlantedText.base64($0) }, { PlantedText.base64($0, urlSafe: true) },
      PlantedText.hexadecimal, PlantedText.percentEncoded, { "key-" + PlantedText.base64("a" + $0 + "bc") },
    ]
    for first in ways {
      #expect(Self.search.tokens(in: "{\"x\":\(first(text))}").contains(token))
      for second in ways { #expect(Self.search.tokens(in: "x=\(second(first(text)))&y").contains(token)) }
    }
  }

  @Test("parts and other spellings are found too")
  func parts() {
    for text in [
      "zebulith", "Dr. QUORVEXEL!", "01/13/1931", "13.01.1931", "19310113", "219007003", "7375550100",
      "x.PLANTED.PERSON00", "48151600",
    ] { #expect(!Self.search.tokens(in: "of \(text), say").isEmpty, "\(text)") }
  }

  @Test("what is ordinary is not found, nor digits within a longer number")
  func ordinary() {
    for text in [
      "usage_billing_records_total{queue=\"usage\"} 12", "0194a7c2-5b0f-7a53-9a6c-219007003f10", "12190070034",
      "2026-01-13T12:00:00Z", "", "POST /v1/billing/meter_events",
    ] { #expect(Self.search.tokens(in: text) == [], "\(text)") }
  }
}
