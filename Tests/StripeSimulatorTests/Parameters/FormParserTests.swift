import Testing

@testable import StripeSimulator

@Suite struct FormParserTests {
  /// As names and values, maps in brackets.
  private func text(_ parameter: Parameter) -> String {
    switch parameter {
    case .text(let text): text
    case .map(let members): "{" + members.map { "\($0.name):\(text($0.value))" }.joined(separator: ",") + "}"
    }
  }

  @Test(
    "names nest, lists go on or begin a new element, the last of one name holds",
    arguments: [
      ("", "{}"), ("a=1&b=2", "{a:1,b:2}"), ("a", "{a:}"), ("a=b=c", "{a:b=c}"), ("a=1&a=2", "{a:2}"),
      ("&&a=1&", "{a:1}"),
      ("a[b][c]=1&a[b][d]=2", "{a:{b:{c:1,d:2}}}"), ("a[]=1&a[]=2", "{a:{:1,:2}}"),
      ("a[0]=1&a[1]=2&a[0]=3", "{a:{0:3,1:2}}"), ("a[][b]=1&a[][c]=2&a[][b]=3", "{a:{:{b:1,c:2},:{b:3}}}"),
      ("a%5Bb%5D=%26+%3D", "{a:{b:& =}}"), ("[a]=1", "{[a]:1}"),
    ])
  func nesting(_ form: String, _ expected: String) throws {
    #expect(text(try FormParser.parse(Array(form.utf8))) == expected)
  }

  @Test(
    "what is no form is refused",
    arguments: [
      "a=%", "a=%4", "a=%zz", "a=%ff", "a[b=1", "a[b]c=1", "a=1&a[b]=2", "a[b]=1&a[b][c]=2",
      "a" + String(repeating: "[b]", count: 10),
    ])
  func refusals(_ form: String) {
    #expect(throws: StripeFailure.self) { try FormParser.parse(Array(form.utf8)) }
  }

  @Test("a fingerprint knows no order, but every parameter and how often it is there")
  func fingerprints() {
    func fingerprint(_ form: String) -> UInt64 { FormParser.fingerprint(Array(form.utf8)) }
    #expect(fingerprint("a=1&b=2") == fingerprint("b=2&a=1"))
    #expect(Set(["a=1&b=2", "a=1", "a=2&b=1", "a=1&b=2&b=2", "", "a=1b=2"].map(fingerprint)).count == 6)
  }
}
