import Testing

@testable import Billing

@Suite("Currencies and prices")
struct CurrencyTests {
  @Test(
    "a currency knows its minor unit",
    arguments: [("usd", 2), ("EUR", 2), ("jpy", 0), ("krw", 0), ("isk", 0), ("kwd", 3), ("bhd", 3), ("tnd", 3)])
  func minorDigits(code: String, digits: Int) throws {
    let currency = try currency(code)
    #expect(currency.minorDigits == digits)
    #expect(currency.minorDigits <= Currency.maximumMinorDigits)
    #expect(currency.code == code.lowercased())
  }

  @Test("unknown codes are refused", arguments: ["", "us", "usdx", "abc", "xau", "xxx", "xts", "u s", "💶"])
  func unknown(code: String) { #expect(Currency(code) == nil) }

  @Test(
    "a price is exact to 12 decimals and shows at least two",
    arguments: [
      ("0.1", "0.10"), ("2", "2.00"), ("0.00001", "0.00001"), ("0.000000000001", "0.000000000001"), ("1e-2", "0.01"),
      ("-1.5", "-1.50"), ("999999999999999", "999999999999999.00"),
    ])
  func prices(text: String, expected: String) throws { #expect(try price(text).description == expected) }

  @Test("what is no price is refused", arguments: ["", "0.0000000000001", "1e15", "1.", ".5", "NaN", "1 "])
  func noPrices(text: String) { #expect(Price(text) == nil) }
}
