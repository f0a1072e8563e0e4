import Testing
import Workers

@Suite("Masked bodies")
struct MaskedBodyTests {
  @Test("no value and no key of the sender's own is shown")
  func masked() {
    let body = """
      {"usageId":"secret-id","quantity":12.5,"metadata":{"Jane Doe":"555-0100","ok":true},"order":{"orderId":"A1","note":null},"Smith":[1,"x"]}
      """
    let text = MaskedBody.text(of: Array(body.utf8))
    for secret in ["secret", "12.5", "Jane", "555", "A1", "note", "Smith", "\"x\""] { #expect(!text.contains(secret)) }
    #expect(text.contains(#""usageId": "<string of 9 characters>""#))
    #expect(text.contains(#""quantity": "<number of 4 characters>""#))
    #expect(text.contains(#""<key 1, 8 characters>": "<string of 8 characters>""#))
    #expect(text.contains(#""orderId": "<string of 2 characters>""#))
    #expect(text.contains("true"))
  }

  @Test("what is no JSON shows its length and what is wrong with it")
  func noJSON() {
    #expect(MaskedBody.text(of: Array("Jane Doe".utf8)) == "<8 bytes, not readable as JSON: malformed_json at byte 0>")
    let duplicate = MaskedBody.text(of: Array(#"{"Jane":1,"Jane":2}"#.utf8))
    #expect(duplicate.contains("duplicate_field"))
    #expect(!duplicate.contains("Jane"))
  }
}
