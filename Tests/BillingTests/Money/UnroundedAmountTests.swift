import TestBasics
import Testing

@testable import Billing

@Suite("Unrounded amounts")
struct UnroundedAmountTests {
  private func amount(
    _ quantity: Quantity, _ price: Price, per unitSize: Quantity, _ currency: Currency
  ) throws -> Amount {
    var amount = try UnroundedAmount(per: unitSize)
    try amount.add(quantity, at: price)
    return try amount.rounded(to: currency)
  }

  /// Quantity, price and unit size in their smallest units; computed with Python's fractions.
  static let wide: [(quantity: String, price: String, unitSize: String, currency: String, minorUnits: String)] = [
    ("-97090593695453711190863961", "697675448765140252298665", "646495341360618983825", "jpy", "-104776816155841494"),
    ("166314784907375170", "46625453773046315196864", "31027473306115483696", "jpy", "249923745"),
    ("232573074632573348893848425", "78938295273338322", "73973", "jpy", "248184094709883681702362975"),
    ("-7161876489569110327185287047", "894389351670391", "93817445", "jpy", "-68276279217038285330595"),
    ("7373025840868416247554841633050", "650711799577729", "344058444339972271614374", "kwd", "13944476562545"),
    (
      "9187458750889760711130584452095121278", "62768854058130274163277", "21239604348928", "jpy",
      "27151459510534508653415903205662760"
    ),
    ("-32642401271229", "600354764784391489962371562", "336888212952714184144", "jpy", "-58170694"),
    (
      "870599742684845076740207147654528790", "565297540102514534443550849", "474349893854022508571044", "usd",
      "103752082445933830382649731647"
    ),
    ("555312244468148931757", "29495385691439384565606534", "27364", "usd", "59856559091386235697683015351222"),
    ("-37673609518718701045967848333328438", "543389120696", "4079063602166", "jpy", "-5018659071398297188916"),
    (
      "2010910526683342106147568547789115", "8650643877716382264994824", "11335984793350", "jpy",
      "1534553120298243289478688510087692"
    ),
    ("415875443716614170691395", "60123010126521631432114441", "513283749", "jpy", "48713179723026201950143876579"),
    ("-705471071786223655717992552542", "9253789707686357836", "8922543", "jpy", "-731661471753716420069352907615"),
    ("3541826079650786927445676", "2738145635816883772552359", "836090918120287032", "jpy", "11599259617149655830"),
  ]

  @Test("products beyond 128 bits are exact", arguments: wide)
  func wideProducts(quantity: String, price: String, unitSize: String, currency code: String, minorUnits: String) throws
  {
    let amount = try amount(
      Quantity(units: #require(Int128(quantity))), Price(units: #require(Int128(price))),
      per: Quantity(units: #require(Int128(unitSize))), currency(code))
    #expect(amount.minorUnits == Int128(minorUnits))
  }

  @Test(
    "halves are rounded away from zero, once",
    arguments: [
      ("0.5", "0.01", "0.01"), ("0.499999999", "0.01", "0.00"), ("1.5", "0.01", "0.02"), ("2.5", "0.01", "0.03"),
      ("-0.5", "0.01", "-0.01"), ("-2.5", "0.01", "-0.03"), ("-0.4", "0.01", "0.00"), ("0", "5.00", "0.00"),
      ("1", "0", "0.00"), ("1", "0.004999999999", "0.00"), ("1", "0.005", "0.01"),
    ])
  func halves(quantityText: String, priceText: String, expected: String) throws {
    let amount = try amount(quantity(quantityText), price(priceText), per: Quantity(1), currency("usd"))
    #expect(amount.description == expected)
  }

  @Test("a rounding agrees with plain division where 128 bits are enough")
  func plainDivision() throws {
    var random = SeededGenerator(seed: 11)
    let usd = try currency("usd")
    for _ in 0..<2_000 {
      let quantity = Int128.random(in: -1_000_000_000_000_000...1_000_000_000_000_000, using: &random)
      let price = Int128.random(in: 0...1_000_000_000_000_000, using: &random)
      let unitSize = Int128.random(in: 1...1_000_000_000_000, using: &random)
      let amount = try amount(Quantity(units: quantity), Price(units: price), per: Quantity(units: unitSize), usd)
      let divisor = unitSize * 10_000_000_000
      let doubled = 2 * (quantity * price).magnitude
      let expected = Int128((doubled + divisor.magnitude) / (2 * divisor.magnitude))
      #expect(amount.minorUnits == (quantity < 0 ? -expected : expected))
    }
  }

  @Test("what does not fit 128 bits is an error, not a trap")
  func overflow() throws {
    let usd = try currency("usd")
    let huge = Quantity(units: .max)
    let smallest = Quantity(units: 1)
    #expect(throws: MoneyError.overflow) {
      try amount(huge, Price(units: .max), per: smallest, usd)
    }
    #expect(throws: MoneyError.overflow) {
      try amount(Quantity(units: .min), Price(units: .min), per: smallest, usd)
    }
    #expect(throws: MoneyError.overflow) {
      try amount(huge, price("1"), per: huge, usd)
    }
    #expect(throws: MoneyError.overflow) {
      try amount(huge, price("100"), per: Quantity(units: 9_000), usd)
    }
    #expect(throws: MoneyError.unitSizeNotPositive) {
      try amount(huge, .zero, per: .zero, usd)
    }
    #expect(throws: MoneyError.unitSizeNotPositive) {
      try amount(huge, .zero, per: Quantity(units: .min), usd)
    }
  }

  @Test("parts are added before they are rounded, and a fee counts once whatever the unit size")
  func sums() throws {
    let usd = try currency("usd")
    var amount = try UnroundedAmount(per: Quantity(1_000))
    for _ in 0..<2 { try amount.add(Quantity(400), at: price("0.01")) }
    #expect(try amount.rounded(to: usd).description == "0.01")
    try amount.add(fee: price("2.497"))
    #expect(try amount.rounded(to: usd).description == "2.51")
    try amount.add(fee: price("-2.497"))
    try amount.add(Quantity(-800), at: price("0.01"))
    #expect(try amount.rounded(to: usd) == .zero(usd))
  }

  @Test("a sum beyond 256 bits is an error, not a trap")
  func wideSums() throws {
    var amount = try UnroundedAmount(per: Quantity(1))
    for _ in 0..<2 { try amount.add(Quantity(units: .min), at: Price(units: .max)) }
    #expect(throws: MoneyError.overflow) { try amount.add(Quantity(units: .min), at: Price(units: .max)) }
  }
}
