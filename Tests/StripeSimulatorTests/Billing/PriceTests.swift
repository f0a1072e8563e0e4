import Testing

@Suite("Prices")
struct PriceTests {
  private let shop: Shop
  private let product: String

  init() throws {
    shop = try Shop(at: day(2025, 1, 1))
    product = try shop.stripe.id("/v1/products", "name=Orders")
  }

  private func make(_ form: String) throws -> SimulatorClient.Answer {
    try shop.post("prices", "currency=usd&product=\(product)&\(form)")
  }

  @Test("a metered price by the unit keeps twelve decimals, and says whole cents only where there are some")
  func perUnit() throws {
    let meter = try shop.meter("api_call")
    let metered = "recurring[interval]=month&recurring[usage_type]=metered&recurring[meter]=\(meter)"
    let price = try make("unit_amount_decimal=0.000000000001&\(metered)&lookup_key=api&metadata[rate]=7")
    #expect(price["unit_amount_decimal"] == "0.000000000001" && price["unit_amount"] == nil)
    #expect(price["recurring.meter"] == meter && price["recurring.usage_type"] == "metered")
    #expect(price["type"] == "recurring" && price["billing_scheme"] == "per_unit" && price["product"] == product)
    #expect(price["lookup_key"] == "api" && price["metadata.rate"] == "7")
    let whole = try make("unit_amount_decimal=1000.0")
    #expect(whole["unit_amount"] == "1000" && whole["unit_amount_decimal"] == "1000" && whole["type"] == "one_time")
    #expect(try make("unit_amount_decimal=0.0000000000001").status == 400)
    let package = try make("unit_amount=250&transform_quantity[divide_by]=1000&transform_quantity[round]=up&\(metered)")
    #expect(package["transform_quantity.divide_by"] == "1000" && package["transform_quantity.round"] == "up")
  }

  @Test("tiers are shown to those who expand them")
  func tiers() throws {
    let form =
      "billing_scheme=tiered&tiers_mode=graduated&tiers[0][up_to]=50&tiers[0][unit_amount]=0"
      + "&tiers[1][up_to]=inf&tiers[1][unit_amount_decimal]=1000&recurring[interval]=month"
    let price = try make(form + "&expand[]=tiers")
    #expect(price["tiers_mode"] == "graduated" && price["unit_amount"] == nil)
    #expect(price["tiers.0.up_to"] == "50" && price["tiers.1.up_to"] == nil)
    #expect(price["tiers.1.unit_amount"] == "1000" && price["tiers.0.unit_amount_decimal"] == "0")
    let id = try #require(price["id"])
    #expect(try shop.get("prices/\(id)")["tiers.0.up_to"] == nil)
    #expect(try shop.get("prices?expand[]=data.tiers")["data.0.tiers.0.up_to"] == "50")
  }

  @Test(
    "what cannot be priced is refused, with the parameter that is wrong",
    arguments: [
      ("unit_amount=1&unit_amount_decimal=1", "parameters_exclusive", "unit_amount"),
      ("recurring[interval]=month", "parameter_missing", "unit_amount"),
      ("unit_amount=-1", "parameter_invalid_integer", "unit_amount"),
      ("unit_amount_decimal=-0.5", nil, "unit_amount_decimal"),
      ("unit_amount=1&recurring[interval]=hour", nil, "recurring[interval]"),
      ("unit_amount=1&recurring[interval]=month&recurring[interval_count]=37", nil, "recurring[interval_count]"),
      (
        "unit_amount=1&recurring[interval]=month&recurring[usage_type]=metered", "parameter_missing", "recurring[meter]"
      ),
      (
        "unit_amount=1&recurring[interval]=month&recurring[usage_type]=metered&recurring[meter]=mtr_none",
        "resource_missing", "recurring[meter]"
      ),
      ("unit_amount=1&tiers_mode=volume", nil, "tiers_mode"),
      ("billing_scheme=tiered&tiers_mode=volume", "parameter_missing", "tiers"),
      ("billing_scheme=tiered&unit_amount=1", nil, "unit_amount"),
      ("billing_scheme=tiered&tiers[0][up_to]=inf&tiers[0][unit_amount]=1", "parameter_missing", "tiers_mode"),
      ("billing_scheme=tiered&tiers_mode=volume&tiers[0][up_to]=5&tiers[0][unit_amount]=1", nil, "tiers"),
      (
        "billing_scheme=tiered&tiers_mode=volume&tiers[0][up_to]=5&tiers[0][unit_amount]=1&tiers[1][up_to]=5"
          + "&tiers[1][unit_amount]=1", nil, "tiers[1][up_to]"
      ),
      ("billing_scheme=tiered&tiers_mode=volume&tiers[0][up_to]=inf", nil, "tiers[0][unit_amount]"),
      (
        "unit_amount=1&transform_quantity[divide_by]=0&transform_quantity[round]=up", "parameter_invalid_integer",
        "transform_quantity[divide_by]"
      ),
      ("unit_amount=1&sale=1", "parameter_unknown", "sale"),
    ] as [(String, String?, String)])
  func refusals(form: String, code: String?, param: String) throws {
    let answer = try make(form)
    #expect(answer.status == 400 && answer["error.type"] == "invalid_request_error")
    #expect(answer["error.code"] == code && answer["error.param"] == param)
    #expect(try shop.get("prices").list().isEmpty)
  }

  @Test("an unknown product and an unknown currency are refused")
  func references() throws {
    let product = try shop.post("prices", "currency=usd&unit_amount=1&product=prod_none")
    #expect(product["error.code"] == "resource_missing" && product["error.param"] == "product")
    #expect(try shop.post("prices", "currency=xxx&unit_amount=1&product=\(self.product)")["error.param"] == "currency")
    #expect(try shop.post("prices", "currency=usd&unit_amount=1")["error.code"] == "parameter_missing")
  }

  @Test("a lookup key is one price's, and moves only when that is asked for")
  func lookupKeys() throws {
    let first = try #require(try make("unit_amount=1&lookup_key=k")["id"])
    #expect(try make("unit_amount=2&lookup_key=k")["error.param"] == "lookup_key")
    let second = try #require(try make("unit_amount=2&lookup_key=k&transfer_lookup_key=true")["id"])
    #expect(try shop.get("prices?lookup_keys[]=k&lookup_keys[]=other").list() == [second])
    #expect(try shop.get("prices/\(first)")["lookup_key"] == nil)
    #expect(try shop.post("prices/\(second)", "lookup_key=")["lookup_key"] == nil)
    #expect(try make("unit_amount=3&lookup_key=k").status == 200)
  }

  @Test("prices are listed by what they are, and their amounts cannot change")
  func lists() throws {
    let meter = try shop.meter("order")
    let once = try #require(try make("unit_amount=1")["id"])
    let monthly = try #require(try make("unit_amount=1&recurring[interval]=month")["id"])
    let metered = try #require(
      try make("unit_amount=1&recurring[interval]=month&recurring[usage_type]=metered&recurring[meter]=\(meter)")["id"])
    #expect(try shop.get("prices?type=one_time").list() == [once])
    #expect(try shop.get("prices?recurring[usage_type]=licensed").list() == [monthly])
    #expect(try shop.get("prices?recurring[meter]=\(meter)").list() == [metered])
    #expect(try shop.post("prices/\(once)", "active=false&nickname=old")["active"] == "false")
    #expect(try shop.get("prices?active=true&product=\(product)").list() == [metered, monthly])
    #expect(try shop.post("prices/\(once)", "unit_amount=2")["error.code"] == "parameter_unknown")
  }
}
