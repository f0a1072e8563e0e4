import Testing

@testable import Billing

@Suite("Catalog drafts")
struct CatalogDraftTests {
  private func mistakes(of draft: CatalogDraft) -> [String] { draft.mistakes.map(\.description) }

  private func mistakes(metrics: [Metric], chargeKinds: [ChargeKind] = []) throws -> [String] {
    mistakes(of: CatalogDraft(metrics: metrics, plans: [try draftPlan(rates: [])], chargeKinds: chargeKinds))
  }

  private func mistakes(rates: [Rate]) throws -> [String] {
    mistakes(of: CatalogDraft(metrics: [try metric("order")], plans: [try draftPlan(rates: rates)]))
  }

  @Test("a draft without mistakes becomes a catalog")
  func whole() throws {
    let credit: ChargeKind = try #require(ChargeKind("credit"))
    let catalog = try CatalogDraft(
      metrics: [metric("order"), metric("call_seconds", minimum: "30")],
      plans: [
        draftPlan(rates: [rate("order"), rate("order", from: "2025-03-01", unitPrice: "0.20")]),
        draftPlan("business", baseFee: "0", rates: [], isDefault: false),
      ], chargeKinds: [credit]
    ).checked(version: 7)
    #expect(catalog.version == 7)
    #expect(catalog.metrics.count == 2)
    #expect(catalog.defaultPlan.id.text == "standard")
    #expect(catalog.plan(try planID("business"))?.baseFee.description == "0.00")
    #expect(catalog.plan(try planID("other")) == nil)
    #expect(catalog.chargeKinds.map(\.isCredit) == [true])
  }

  @Test("every mistake is named at once, each with its path")
  func all() throws {
    let draft = CatalogDraft(
      metrics: [try metric("order"), try metric("order"), try metric("visits", aggregation: .unique, minimum: "2")],
      plans: [
        try draftPlan(baseFee: "-1", rates: [try rate("unknown"), try rate("order", unitPrice: "-0.1")]),
        try draftPlan(rates: [try rate("order", model: .volume([]))]),
      ])
    let expected = [
      "metrics[1].name: each metric once",
      "metrics[2].minimumPerEvent: none where quantities do not count (count, unique)",
      "plans[0].baseFee: an amount, 0 or more",
      "plans[0].rates[0].metric: one of the catalog's metrics",
      "plans[0].rates[1].unitPrice: a decimal, 0 or more",
      "plans[1].id: each plan once",
      "plans[1].rates[0].tiers: one tier at least",
      "plans: exactly one has to be the default",
    ]
    #expect(mistakes(of: draft) == expected)
    let found = CatalogMistake(path: "x", rule: "read badly")
    let thrown = #expect(throws: CatalogMistakes.self) { try draft.checked(version: 1, alreadyFound: [found]) }
    #expect(thrown?.mistakes.map(\.description) == ["x: read badly"] + expected)
  }

  @Test("metrics keep their rules")
  func metrics() throws {
    #expect(try mistakes(metrics: [metric("base_fee")]) == ["metrics[0].name: reserved for the plan's fee"])
    #expect(
      try mistakes(metrics: [metric("patient_activation")])
        == ["metrics[0].source: internal, for a metric that the product records"])
    #expect(try mistakes(metrics: [metric("radiology_standard", source: .internal)]) == [])
    let unit = "metrics[0].unit: 1 to 32 characters, no control characters"
    for text in ["", String(repeating: "x", count: 33), "a\u{7}"] {
      #expect(try mistakes(metrics: [metric("order", unit: text)]) == [unit])
    }
    for text in ["0", "-1"] {
      #expect(
        try mistakes(metrics: [metric("order", minimum: text)])
          == ["metrics[0].minimumPerEvent: a quantity above 0"])
    }
    for aggregation in [Aggregation.max, .last, .sum] {
      #expect(try mistakes(metrics: [metric("order", aggregation: aggregation, minimum: "1")]) == [])
    }
  }

  @Test("rates keep their rules")
  func rates() throws {
    let path = "plans[0].rates[0]"
    #expect(try mistakes(rates: [rate("order", unitPrice: "0", included: "5", threshold: "1", levels: [])]) == [])
    #expect(try mistakes(rates: [rate("order", unitSize: "0")]) == ["\(path).unitSize: a quantity above 0"])
    #expect(try mistakes(rates: [rate("order", included: "-1")]) == ["\(path).included: a quantity, 0 or more"])
    #expect(try mistakes(rates: [rate("order", threshold: "0")]) == ["\(path).threshold: a quantity above 0"])
    #expect(
      try mistakes(rates: [rate("order", levels: ["0", "1"])]) == ["\(path).levels: shares of the threshold, above 0"])
    for levels in [["1", "0.8"], ["1", "1"]] {
      #expect(try mistakes(rates: [rate("order", levels: levels)]) == ["\(path).levels: ascending, each once"])
    }
  }

  @Test(
    "tiers ascend from above 0, and the last alone is open",
    arguments: [
      ("", ["tiers: one tier at least"]), ("10: 1, 20: 1, 1", []), ("1", []), ("0.000000001: 0 + 0, 0", []),
      ("10: 1", ["tiers[0].upTo: in each tier but the last, which is open"]),
      ("1, 1", ["tiers[0].upTo: in each tier but the last, which is open"]),
      ("0: 1, 1", ["tiers[0].upTo: above 0, and above that of the tier before"]),
      ("10: 1, 10: 1, 1", ["tiers[1].upTo: above 0, and above that of the tier before"]),
      ("10: 1, 5: 1, 7: 1, 1", [1, 2].map { "tiers[\($0)].upTo: above 0, and above that of the tier before" }),
      ("10: -1, 1", ["tiers[0].unitPrice: a decimal, 0 or more"]),
      ("10: 1 + -1, 1", ["tiers[0].flatFee: a decimal, 0 or more"]),
    ])
  func tierRules(text: String, expected: [String]) throws {
    for model in [PriceModel.graduated(try tiers(text)), .volume(try tiers(text))] {
      #expect(
        try mistakes(rates: [rate("order", model: model, billing: .invoiceItem)])
          == expected.map { "plans[0].rates[0].\($0)" })
    }
  }

  @Test("what Stripe cannot express is refused for stripe_meter alone, by field and rule, once the rest is right")
  func stripe() throws {
    func mistakes(_ model: PriceModel, size: String = "1", included: String = "0", _ billing: BillingRoute) throws
      -> [String]
    {
      try self.mistakes(
        rates: [rate("order", model: model, unitSize: size, included: included, billing: billing)])
    }
    let package = PriceModel.package(try price("1"))
    for billing in [BillingRoute.invoiceItem, .unbilled] {
      #expect(try mistakes(package, size: "0.5", included: "2", billing) == [])
    }
    let path = "plans[0].rates[0]"
    #expect(
      try mistakes(package, size: "0.5", included: "2", .stripeMeter) == [
        "\(path).included: for stripe_meter, 0 with packages: Stripe has no tiers beside transform_quantity",
        "\(path).unitSize: for stripe_meter, a whole number",
      ])
    #expect(try mistakes(package, size: "0", .stripeMeter) == ["\(path).unitSize: a quantity above 0"])
    let unknownCurrency = CatalogDraft.DraftPlan(
      id: try planID("p"), baseFee: nil, rates: [try rate("order", model: package, unitSize: "0.5")], isDefault: true)
    #expect(self.mistakes(of: CatalogDraft(metrics: [try metric("order")], plans: [unknownCurrency])) == [])
  }

  @Test("two versions of a rate begin on two days", arguments: [nil, "2025-01-01"])
  func versions(effectiveFrom: String?) throws {
    #expect(
      try mistakes(rates: [rate("order", from: effectiveFrom), rate("order", from: effectiveFrom)])
        == ["plans[0].rates[1].effectiveFrom: another day for each version of a rate"])
    #expect(try mistakes(rates: [rate("order", from: effectiveFrom), rate("order", from: "2025-06-01")]) == [])
  }

  @Test("there is exactly one default plan")
  func defaults() throws {
    let one = ["plans: exactly one has to be the default"]
    #expect(mistakes(of: CatalogDraft(metrics: [], plans: [])) == one)
    #expect(mistakes(of: CatalogDraft(metrics: [], plans: [try draftPlan(rates: [], isDefault: false)])) == one)
    #expect(
      mistakes(of: CatalogDraft(metrics: [], plans: [try draftPlan("a", rates: []), try draftPlan("b", rates: [])]))
        == one)
  }

  @Test("charge kinds are named once and are not the plan's fee")
  func chargeKinds() throws {
    let kinds = try ["credit", "base_fee", "credit"].map { try #require(ChargeKind($0)) }
    #expect(
      try mistakes(metrics: [], chargeKinds: kinds)
        == ["chargeKinds[1]: reserved for the plan's fee", "chargeKinds[2]: each kind once"])
  }

  @Test(
    "only totals that are sums of their records' parts are itemized",
    arguments: [(Aggregation.sum, true), (.count, true), (.max, false), (.last, false), (.unique, false)])
  func itemized(aggregation: Aggregation, isPossible: Bool) throws {
    func mistakes(itemize: Bool) throws -> [String] {
      let metrics = [try metric("calls"), try metric("order", aggregation: aggregation)]
      let rates = [try rate("calls", itemize: true), try rate("order", itemize: itemize)]
      return self.mistakes(of: CatalogDraft(metrics: metrics, plans: [try draftPlan(rates: rates)]))
    }
    let rule = "false for order: totals of \(aggregation.rawValue) have no parts, those of sum and count do"
    #expect(try mistakes(itemize: true) == (isPossible ? [] : ["plans[0].rates[1].itemize: \(rule)"]))
    #expect(try mistakes(itemize: false) == [])
  }

  @Test("what could not be read makes no further mistakes, but no catalog either")
  func unreadable() throws {
    let draft = CatalogDraft(metrics: [nil], plans: [nil, try draftPlan(rates: [nil, try rate("order")])])
    #expect(mistakes(of: draft) == [])
    #expect(throws: CatalogMistakes.self) { try draft.checked(version: 1) }
    let metricOnly = CatalogDraft(metrics: [nil], plans: [try draftPlan(rates: [])], chargeKinds: [nil])
    #expect(throws: CatalogMistakes.self) { try metricOnly.checked(version: 1) }
  }

  @Test("an override keeps the rules of what it overrides")
  func overrides() throws {
    let name = try metricName("order")
    #expect(RateOverride(metric: name).mistakes(at: "override") == [])
    let bad = RateOverride(
      metric: name, unitPrice: try price("-1"), included: Quantity(-1), threshold: .zero,
      levels: [Quantity(1), Quantity(1)])
    #expect(
      bad.mistakes(at: "override").map(\.path)
        == ["override.unitPrice", "override.included", "override.threshold", "override.levels"])
  }
}
