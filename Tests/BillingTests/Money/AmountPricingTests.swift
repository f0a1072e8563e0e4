import Testing

@testable import Billing

@Suite("Amounts priced from quantities")
struct AmountPricingTests {
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
    let amount = try Amount(
      quantity: Quantity(units: #require(Int128(quantity))), price: Price(units: #require(Int128(price))),
      unitSize: Quantity(units: #require(Int128(unitSize))), currency: currency(code))
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
    let amount = try Amount(
      quantity: quantity(quantityText), price: price(priceText), unitSize: Quantity(1), currency: currency("usd"))
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
      let amount = try Amount(
        quantity: Quantity(units: quantity), price: Price(units: price), unitSize: Quantity(units: unitSize),
        currency: usd)
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
      try Amount(quantity: huge, price: Price(units: .max), unitSize: smallest, currency: usd)
    }
    #expect(throws: MoneyError.overflow) {
      try Amount(quantity: Quantity(units: .min), price: Price(units: .min), unitSize: smallest, currency: usd)
    }
    #expect(throws: MoneyError.overflow) {
      try Amount(quantity: huge, price: price("1"), unitSize: huge, currency: usd)
    }
    #expect(throws: MoneyError.overflow) {
      try Amount(quantity: huge, price: price("100"), unitSize: Quantity(units: 9_000), currency: usd)
    }
    #expect(throws: MoneyError.unitSizeNotPositive) {
      try Amount(quantity: huge, price: .zero, unitSize: .zero, currency: usd)
    }
    #expect(throws: MoneyError.unitSizeNotPositive) {
      try Amount(quantity: huge, price: .zero, unitSize: Quantity(units: .min), currency: usd)
    }
  }
}
