import Billing
import Testing

@testable import Stripe

@Suite("Parameters")
struct StripeParametersTests {
  @Test("Parameters are encoded in order, with brackets as they are and spaces as plus signs")
  func encoding() {
    var parameters = StripeParameters()
    parameters.add("a[b][0]", "x y" as StripeText)
    parameters.add("c", "é&=+%[~]*/:'" as StripeText)
    parameters.add("d", -12)
    #expect(parameters.body == "a[b][0]=x+y&c=%C3%A9%26%3D%2B%25[~]%2A%2F%3A%27&d=-12")
    #expect(parameters.query == "a%5Bb%5D%5B0%5D=x+y&c=%C3%A9%26%3D%2B%25%5B~%5D%2A%2F%3A%27&d=-12")
    #expect(StripeParameters().body == "")
  }

  @Test("A display name of one control character is refused, and 200 characters are taken")
  func displayNames() {
    #expect(CompanyDisplayName("a\u{0}b") == nil)
    #expect(CompanyDisplayName("") == nil)
    #expect(CompanyDisplayName(String(repeating: "é", count: 200)) != nil)
    #expect(CompanyDisplayName(String(repeating: "x", count: 201)) == nil)
  }

  @Test("A key cannot break a header, and is never shown")
  func keys() {
    #expect(StripeKey("") == nil)
    #expect(StripeKey("sk_test_1\r\nX: y") == nil)
    #expect(StripeKey("sk test") == nil)
    let key = StripeKey("sk_test_51")
    var shown = "\(key as Any)"
    dump(key, to: &shown)
    #expect(!shown.contains("51"))
    let configuration = StripeKey("sk_test_51").map { StripeConfiguration(secretKey: $0) }
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!dumped.contains("sk_test_51"))
  }

  @Test("A text is made of constants, numbers, dates and our own identifiers")
  func texts() throws {
    let metric = try #require(MetricName("order"))
    let day = try #require(CivilDate("2025-01-31"))
    #expect(StripeText("\(metric): \(Quantity(12)), \(day)").text == "order: 12, 2025-01-31")
  }
}
