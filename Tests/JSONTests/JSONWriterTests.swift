import JSON
import Testing

@Suite("JSONWriter")
struct JSONWriterTests {
  private func document(_ style: JSONWriter.Style) -> String {
    var json = JSONWriter(style)
    json.object {
      $0.field("a", number: "800.00")
      $0.key("list")
      $0.array {
        $0.number(1)
        $0.object { _ in }
        $0.array { _ in }
        $0.null()
      }
      $0.field("yes", true)
      $0.field("none", optional: nil)
      $0.field("text", optional: "x")
    }
    return json.text
  }

  @Test("a compact document has no space")
  func compact() {
    #expect(document(.compact) == #"{"a":800.00,"list":[1,{},[],null],"yes":true,"none":null,"text":"x"}"#)
  }

  @Test("a pretty document has one member a line")
  func pretty() {
    #expect(
      document(.pretty) == """
        {
          "a": 800.00,
          "list": [
            1,
            {},
            [],
            null
          ],
          "yes": true,
          "none": null,
          "text": "x"
        }
        """)
  }

  @Test(
    "strings are escaped so that the reader has them back",
    arguments: ["", "\"\\/", "\u{0}\u{1}\u{1F}\n\r\t\u{8}\u{C}", "é€😀\u{7F}\u{2028}"])
  func roundTrip(text: String) throws {
    var json = JSONWriter()
    json.array { $0.string(text) }
    #expect(try JSONValue.parse(json.bytes) == .array([.string(text)]))
  }

  @Test(
    "what is no number becomes a string, not a broken document",
    arguments: ["NaN", "", "1.", "01", "1e", "-", "1 ", "0x1", "٣"])
  func badNumbers(digits: String) throws {
    var json = JSONWriter()
    json.array { $0.number(digits) }
    #expect(try JSONValue.parse(json.bytes) == .array([.string(digits)]))
  }

  @Test("a tree is written back as it was read")
  func tree() throws {
    let text = #"{"b":[1,800.00,-0.5e+10,{"c":"é\n"}],"a":null,"t":true,"f":false,"e":{},"l":[]}"#
    var json = JSONWriter()
    json.value(try JSONValue.parse(Array(text.utf8)))
    #expect(json.text == text)
  }
}
