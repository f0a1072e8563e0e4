import Testing

@testable import Billing

@Suite("Price models")
struct PriceModelTests {
  private func cost(
    _ total: String, _ model: PriceModel, per unitSize: String = "1", included: String = "0", in code: String = "usd"
  ) throws -> String {
    let rate = try effectiveRate(model, per: unitSize, included: included)
    return try Pricing.cost(of: quantity(total), at: rate, currency: currency(code)).amount.description
  }

  @Test(
    "packages are sold whole, and the first begins where the quota ends",
    arguments: [
      ("0", "0", "0.00"), ("0.000000001", "0", "5.00"), ("1", "0", "5.00"), ("1000", "0", "5.00"),
      ("1000.000000001", "0", "10.00"), ("1001", "0", "10.00"), ("2000", "0", "10.00"), ("2001", "0", "15.00"),
      ("500", "500", "0.00"), ("501", "500", "5.00"), ("1500", "500", "5.00"), ("1501", "500", "10.00"),
      ("-3", "0", "0.00"), ("-3", "500", "0.00"),
    ])
  func packages(total: String, included: String, expected: String) throws {
    #expect(try cost(total, .package(price("5.00")), per: "1000", included: included) == expected)
  }

  @Test(
    "graduated tiers price their own units, from just above one bound up to the next, and a fee where one is reached",
    arguments: [
      ("0", "0.00"), ("1", "1.00"), ("100", "100.00"), ("100.000000001", "105.00"), ("101", "105.50"),
      ("1000", "555.00"), ("1000.000000001", "555.00"), ("1001", "555.10"), ("2000", "655.00"),
    ])
  func graduated(total: String, expected: String) throws {
    let model = PriceModel.graduated(try tiers("100: 1.00, 1000: 0.50 + 5.00, 0.10"))
    #expect(try cost(total, model) == expected)
  }

  @Test(
    "by volume all units cost the price of the tier that they fall in, with its fee alone",
    arguments: [
      ("0", "0.00"), ("1", "3.00"), ("100", "102.00"), ("100.000000001", "55.00"), ("101", "55.50"),
      ("1000", "505.00"), ("1000.000000001", "100.00"), ("1001", "100.10"), ("-1", "0.00"),
    ])
  func volume(total: String, expected: String) throws {
    let model = PriceModel.volume(try tiers("100: 1.00 + 2.00, 1000: 0.50 + 5.00, 0.10"))
    #expect(try cost(total, model) == expected)
  }

  @Test("a quota is taken off before tiers begin, fees included")
  func quotas() throws {
    let steps = try tiers("100: 1.00 + 7.00, 0.50")
    for (total, graduated, volume) in [
      ("50", "0.00", "0.00"), ("51", "8.00", "8.00"), ("150", "107.00", "107.00"), ("151", "107.50", "50.50"),
    ] {
      #expect(try cost(total, .graduated(steps), included: "50") == graduated)
      #expect(try cost(total, .volume(steps), included: "50") == volume)
    }
    let free = PriceModel.graduated(try tiers("50: 0, 150: 1.00 + 7.00, 0.50"))
    for total in ["0", "49.5", "50", "50.1", "150", "150.5", "9999"] {
      #expect(try cost(total, .graduated(steps), included: "50") == cost(total, free))
    }
  }

  @Test("a tier's price is for the unit size, in proportion")
  func unitSizes() throws {
    let steps = try tiers("60000: 0.01, 0.005")
    #expect(try cost("90000", .graduated(steps), per: "1000") == "0.75")
    #expect(try cost("90000", .volume(steps), per: "1000") == "0.45")
    #expect(try cost("45", .graduated(tiers("30: 0.10, 0.20")), per: "60") == "0.10")
  }

  @Test("tiers are added up before they are rounded")
  func oneRounding() throws {
    // 0.004 + 0.004 + 0.004 is 0.012, and three roundings would make nothing of it.
    #expect(try cost("3", .graduated(tiers("1: 0.004, 2: 0.004, 0.004"))) == "0.01")
    #expect(try cost("3", .graduated(tiers("1: 0.004, 2: 0.004, 0.007"))) == "0.02")
    #expect(try cost("1", .graduated(tiers("0.001 + 0.004"))) == "0.01")
  }

  @Test("currencies without and with three decimals are rounded in theirs")
  func currencies() throws {
    let steps = try tiers("10: 0.25, 0.0001 + 0.0004")
    #expect(try cost("10", .graduated(steps), in: "jpy") == "3")
    #expect(try cost("9", .graduated(steps), in: "jpy") == "2")
    #expect(try cost("11", .graduated(steps), in: "kwd") == "2.501")
    #expect(try cost("15", .volume(steps), in: "kwd") == "0.002")
    #expect(try cost("3", .package(price("0.5")), per: "2", in: "jpy") == "1")
    #expect(try cost("3", .package(price("0.0005")), per: "3", in: "kwd") == "0.001")
  }

  @Test(
    "a later total costs what is between two lines, also when the first was less or nothing",
    arguments: [
      ("40", "60", "100.00"), ("60", "40", "-100.00"), ("40", "50", "0.00"), ("60", "61", "10.00"),
      ("61", "61", "0.00"), ("60", "-5", "-100.00"), ("-5", "60", "100.00"), ("-5", "-60", "0.00"),
    ])
  func differences(charged: String, total: String, expected: String) throws {
    let owed = try Pricing.difference(
      from: quantity(charged), to: quantity(total), at: effectiveRate("10.00", included: "50"),
      currency: currency("usd"))
    #expect(owed.description == expected)
  }

  @Test("a difference is of two rounded lines, not a rounded difference")
  func roundedDifferences() throws {
    let rate = try effectiveRate("0.004")
    let usd = try currency("usd")
    #expect(try Pricing.difference(from: Quantity(1), to: Quantity(2), at: rate, currency: usd).description == "0.01")
    #expect(try Pricing.difference(from: Quantity(2), to: Quantity(3), at: rate, currency: usd).description == "0.00")
    #expect(try Pricing.difference(from: Quantity(2), to: Quantity(1), at: rate, currency: usd).description == "-0.01")
  }

  /// Total, tiers, unit size, quota, currency, minor units; computed with Python's fractions.
  static let wide: [(PriceModel.Kind, String, [String], String, String, String, String)] = [
    (
      .graduated, "996756281784094.569167941",
      [
        "834711392323481.981909948: 4381655855.036618341792 + 93527.088648284726",
        "894479697527470.549560298: 0.000000002569 + 0.000000389853",
        "284279.121638486272 + 114.811106224488",
      ], "1.07086729", "7696290237854.82026064", "jpy",
      "3415404486435345870750383"
    ),
    (
      .volume, "292941680117402.162337093",
      [
        "86972657330099.055758198: 19057.912897821798 + 0.000000000995",
        "746458898668883.456869098: 0.000000000214 + 0.000178086998",
        "0.000038829882 + 3.500232895474",
      ], "2.687490722", "7247610300917.190004374", "jpy",
      "22749"
    ),
    (
      .graduated, "601592080886510.259642396",
      [
        "176146775743469.396859008: 0.664935671172 + 804203866.344856074061",
        "401180992730612.527771132: 5995451296271.869264554169 + 43.077742519962",
        "364084.668435829137 + 0.000064588038",
      ], "0.756632725", "4834098428918.16423954", "usd",
      "178313957957315812892492499865"
    ),
    (
      .volume, "532368618876447.636856046",
      [
        "21848403892826.430020922: 81.417016540124 + 0.000000000463",
        "506340763542040.922691055: 0.000000002964 + 3725401029.498632579955",
        "0.000000792447 + 0.008341014726",
      ], "0.008598257", "9922369180591.14297605", "jpy",
      "48150568567"
    ),
    (
      .graduated, "230629932857067.400194909",
      [
        "523427039824869.165644545: 0.000000027326 + 5.979230971432",
        "944155061687910.699973499: 0.098458679044 + 97997412.2822593491",
        "3.119461251638 + 0.000000082156",
      ], "0.000005068", "3052637192081.155652878", "kwd",
      "1227067320712651"
    ),
    (
      .volume, "386921244417485.538084615",
      [
        "415671441845167.488482754: 8414401678.968433953044 + 74594974388.627378825976",
        "550861288067881.184959056: 3.645733293374 + 0.000009463148",
        "0.000006942788 + 0.000000177021",
      ], "0.050062895", "2661769485320.583082455", "jpy",
      "64585029911449215837128641"
    ),
    (
      .graduated, "850026154379235.205605692",
      [
        "331293914593243.348823903: 0.444400613271 + 0.000001888449",
        "881914648513408.640384246: 705.900120435034 + 390239.44375153926",
        "0.000011963821 + 593960.795289034226",
      ], "50850.277432111", "657885020930.928107299", "jpy",
      "7194768936591"
    ),
    (
      .volume, "951659597923281.164426537",
      [
        "865570870967633.41592809: 0.71442517523 + 0.000077934976",
        "930569338318299.028282849: 0.000000000485 + 41517944.700373455248",
        "349168511544.193899837995 + 6577567.242713642712",
      ], "0.004594871", "7726016407261.006593712", "jpy",
      "71730388873709137442542277584"
    ),
    (
      .graduated, "308519096649158.066309079",
      [
        "440397128547941.116251232: 2.497601390911 + 3065343.795729970188",
        "832148618965871.278751974: 0.000898314185 + 39.807806624928",
        "3323612905521.616384454961 + 3689858351.030322525528",
      ], "0.000009609", "4279271262195.440800726", "usd",
      "7907896878520419160826"
    ),
    (
      .volume, "261425461633204.558254331",
      [
        "233766045442035.341615319: 54806.837926669764 + 713466048279.872815400786",
        "502287053148764.198223751: 0.000255385635 + 12772046182.837067904252",
        "96.946496046253 + 17789498.92665917943",
      ], "6.930204998", "2450069283587.924141586", "jpy",
      "22315572679"
    ),
    (
      .graduated, "781751317747711.275704999",
      [
        "189524471126065.719460703: 9012412473.256108075643 + 0.000142789451",
        "446624053231293.880863705: 12205445.551738208469 + 367.087023327581",
        "638537145.94344194404 + 0.000005459973",
      ], "983.017081013", "8105053825891.44744596", "jpy",
      "1953197547300435588138"
    ),
    (
      .volume, "696498091527196.404857474",
      [
        "464090194120714.896379278: 0.065716447209 + 0.001784523332",
        "718050504823303.629997247: 8.651384786885 + 0.52460144207",
        "0.000000000124 + 536135447216.515807894194",
      ], "0.000038418", "2578517362343.176562274", "jpy",
      "156264387715433617012"
    ),
  ]

  @Test("tiers of huge quantities are exact", arguments: wide)
  func huge(
    kind: PriceModel.Kind, total: String, steps: [String], unitSize: String, included: String, code: String,
    expected: String
  ) throws {
    let steps = try tiers(steps.joined(separator: ", "))
    let model = kind == .volume ? PriceModel.volume(steps) : .graduated(steps)
    let rate = try effectiveRate(model, per: unitSize, included: included)
    let priced = try Pricing.cost(of: quantity(total), at: rate, currency: currency(code))
    #expect(String(priced.amount.minorUnits) == expected)
  }
}
