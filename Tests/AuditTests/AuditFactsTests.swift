import Billing
import Testing

@testable import Audit

@Suite struct AuditFactsTests {
  @Test("facts are one JSON object, in the order given, without what there is none of")
  func text() throws {
    let metric = try #require(MetricName("order"))
    let act = AuditAct(.usageVoided, stage: .begun) {
      $0.set("metric", metric)
      $0.set("quantity", Quantity("12.50"))
      $0.set("none", Quantity?.none)
      $0.set("count", 3)
      $0.set("isNew", true)
      $0.set("word", "all")
      $0.set("fields", list: ["name", "plan"] as [StaticString])
      $0.set("rates", each: [1, 2]) { number, facts in facts.set("number", number) }
    }
    #expect(
      act.facts.text
        == #"{"stage":"begun","metric":"order","quantity":"12.5","count":3,"isNew":true,"word":"all","#
        + #""fields":["name","plan"],"rates":[{"number":1},{"number":2}]}"#)
  }

  @Test("text of messages and people is of no type that may stand in the log")
  func types() {
    let id = UsageID(trusted: "jane")
    let texts: [Any] = [
      "Jane Doe", "Jane"[...], Character("J"), Array("Jane".utf8), id, ["Jane"], Optional("Jane") as Any,
      Pseudonym(keyID: 1, hash: []),
    ]
    let number: Any = 1
    #expect(number is any AuditValue)
    for text in texts { #expect(!(text is any AuditValue), "\(type(of: text))") }
  }

  @Test("a person is kept, whatever the system calls them, and is never empty")
  func person() {
    #expect(Person("alice@billing-1").text == "alice@billing-1")
    #expect(Person("Jané Doe\n\u{1B}[2J").text == "Jan??Doe???2J")
    #expect(Person("").text == "?")
    #expect(Person(String(repeating: "x", count: 5000)).text.count == 128)
  }
}
