import Testing

@testable import Billing

@Suite("Catalog changes")
struct CatalogChangesTests {
  private func problems(
    _ old: Catalog, _ new: Catalog, used: [String] = ["order"], usedPlans: [String] = ["standard"],
    today: String = "2025-03-10"
  ) throws -> [String] {
    try new.changeProblems(
      from: old, usedMetrics: Set(used.map { try metricName($0) }), usedPlans: Set(usedPlans.map { try planID($0) }),
      today: date(today)
    ).map(\.description)
  }

  private func problems(of new: [Rate], from old: [Rate], used: [String] = ["order"]) throws -> [String] {
    try problems(orderCatalog(rates: old), orderCatalog(rates: new), used: used)
  }

  @Test("the same catalog may take its own place")
  func same() throws {
    let catalog = try orderCatalog(rates: [rate("order")])
    #expect(try problems(catalog, catalog) == [])
  }

  @Test("a used metric keeps aggregation, unit and minimum, and stays")
  func metrics() throws {
    func catalog(_ metrics: [Metric]) throws -> Catalog {
      try CatalogDraft(metrics: metrics, plans: [draftPlan(rates: [])]).checked(version: 1)
    }
    let old = try catalog([metric("order")])
    let changed = try catalog([metric("order", unit: "piece", aggregation: .max, minimum: "2")])
    let rule = "may not change while the metric is in use"
    #expect(
      try problems(old, changed)
        == ["aggregation", "unit", "minimumPerEvent"].map { "metrics.order.\($0): \(rule)" })
    #expect(try problems(old, changed, used: ["other"]) == [])
    #expect(try problems(old, catalog([])) == ["metrics.order: a metric in use may not vanish"])
    #expect(try problems(old, catalog([]), used: []) == [])
  }

  @Test("a version that has begun keeps model, price, quota and billing")
  func begun() throws {
    let rule = "has begun to price periods: model, price, quota and billing may not change"
    for changed in [
      try rate("order", unitPrice: "0.11"), try rate("order", unitSize: "10"), try rate("order", included: "1"),
      try rate("order", billing: .invoiceItem), try rate("order", model: .package(price("0.10"))),
      try rate("order", model: .graduated(tiers("0.10"))),
    ] {
      #expect(
        try problems(of: [changed], from: [rate("order")]) == [
          "plans.standard.rates.order: the version since ever \(rule)"
        ])
      #expect(try problems(of: [changed], from: [rate("order")], used: []) == [])
    }
    let dated = [try rate("order"), try rate("order", from: "2025-03-10")]
    #expect(
      try problems(of: [dated[0], rate("order", from: "2025-03-10", unitPrice: "5")], from: dated)
        == ["plans.standard.rates.order: the version from 2025-03-10 \(rule)"])
    #expect(
      try problems(of: [dated[0]], from: dated)
        == ["plans.standard.rates.order: the version from 2025-03-10 has begun to price periods and may not vanish"])
  }

  @Test("thresholds, levels and itemizing may change at any time")
  func free() throws {
    #expect(
      try problems(of: [rate("order", threshold: "5", levels: ["0.5"], itemize: true)], from: [rate("order")]) == [])
  }

  @Test("versions to come are free, new ones too; a new one may not begin in the past")
  func future() throws {
    let old = [try rate("order"), try rate("order", from: "2025-03-11", unitPrice: "0.20")]
    #expect(try problems(of: [old[0]], from: old) == [])
    #expect(try problems(of: [old[0], rate("order", from: "2025-03-11", unitPrice: "0.30")], from: old) == [])
    #expect(
      try problems(of: [old[0], rate("order", from: "2025-03-10")], from: old) == [
        "plans.standard.rates.order: the version from 2025-03-10 would change periods that have begun: "
          + "only a later day will do"
      ])
  }

  @Test("a metric that had no rate yet gets its first one at once")
  func first() throws {
    #expect(try problems(of: [rate("order")], from: []) == [])
    #expect(try problems(of: [rate("order", from: "2025-01-01")], from: [rate("order", from: "2025-04-01")]) == [])
  }

  @Test("a plan in use stays, keeps its currency and its prices; another plan is free")
  func plans() throws {
    func catalog(_ businessPlan: CatalogDraft.DraftPlan?) throws -> Catalog {
      let standard = try draftPlan(rates: [rate("order")])
      return try CatalogDraft(metrics: [metric("order")], plans: [standard] + (businessPlan.map { [$0] } ?? []))
        .checked(version: 1)
    }
    func business(currency: String = "usd", unitPrice: String = "1") throws -> CatalogDraft.DraftPlan {
      try draftPlan(
        "business", currency: currency, rates: [rate("order", unitPrice: unitPrice)], isDefault: false)
    }
    let old = try catalog(business())
    let changes: [(Catalog, String)] = [
      (try catalog(nil), "plans.business: a plan in use may not vanish"),
      (try catalog(business(currency: "eur")), "plans.business.currency: may not change while the plan is in use"),
      (
        try catalog(business(unitPrice: "2")),
        "plans.business.rates.order: the version since ever has begun to price periods: "
          + "model, price, quota and billing may not change"
      ),
    ]
    for (new, problem) in changes {
      #expect(try problems(old, new, usedPlans: ["business"]) == [problem])
      #expect(try problems(old, new, usedPlans: []) == [])
    }
  }

  @Test("the default plan is in use as soon as anything is: unregistered companies are on it")
  func defaultPlan() throws {
    let old = try orderCatalog(rates: [rate("order")])
    let new = try orderCatalog(rates: [rate("order", unitPrice: "5")])
    #expect(try problems(old, new, usedPlans: []).count == 1)
    #expect(try problems(old, new, used: [], usedPlans: []) == [])
  }
}
