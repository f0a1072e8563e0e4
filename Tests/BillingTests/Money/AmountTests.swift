import Testing

@testable import Billing

@Suite("Amounts")
struct AmountTests {
  @Test(
    "an amount is written with its currency's decimals",
    arguments: [
      ("199", "usd", "199.00"), ("199.00", "usd", "199.00"), ("0.05", "eur", "0.05"), ("-3.5", "usd", "-3.50"),
      ("1200", "jpy", "1200"), ("1.234", "kwd", "1.234"), ("1.2", "kwd", "1.200"), ("0", "usd", "0.00"),
    ])
  func written(text: String, code: String, expected: String) throws {
    #expect(try #require(Amount(text, currency: currency(code))).description == expected)
  }

  @Test(
    "more decimals than the currency has, and what is no decimal, are refused",
    arguments: [("0.005", "usd"), ("1.5", "jpy"), ("0.0001", "kwd"), ("", "usd"), ("1,5", "usd"), ("01", "usd")])
  func refused(text: String, code: String) throws {
    #expect(try Amount(text, currency: currency(code)) == nil)
  }

  @Test("amounts of one currency add up, of two do not")
  func addition() throws {
    let usd = try currency("usd")
    let eur = try currency("eur")
    let fee = Amount(minorUnits: 19_900, currency: usd)
    #expect(try fee.adding(Amount(minorUnits: 27_950, currency: usd)).description == "478.50")
    #expect(try fee.subtracting(Amount(minorUnits: 20_000, currency: usd)).description == "-1.00")
    #expect(try Amount.sum([fee, fee], currency: usd).minorUnits == 39_800)
    #expect(throws: MoneyError.currencyMismatch(usd, eur)) { try fee.adding(.zero(eur)) }
    #expect(throws: MoneyError.currencyMismatch(eur, usd)) { try Amount.sum([fee], currency: eur) }
  }

  @Test("a sum beyond 128 bits is an error, not a trap")
  func overflow() throws {
    let usd = try currency("usd")
    let one = Amount(minorUnits: 1, currency: usd)
    #expect(throws: MoneyError.overflow) { try Amount(minorUnits: .max, currency: usd).adding(one) }
    #expect(throws: MoneyError.overflow) { try Amount(minorUnits: .min, currency: usd).subtracting(one) }
  }
}
