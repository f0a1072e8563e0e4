import YearReference

/// What the simulated operator sells: every price model, aggregation and route, and currencies of 0, 2 and 3 decimals.
enum YearCatalog {
  static let metrics: [Catalog.Metric] = [
    .init("order", .sum), .init("storage", .max), .init("seat", .last), .init("person", .unique),
    .init("session", .count), .init("api_call", .sum), .init("call_seconds", .sum, minimum: "30"),
    .init("assessment", .sum), .init("scan", .sum), .init("note", .sum),
    .init("radiology_standard", .sum, isInternal: true), .init("radiology_advanced", .sum, isInternal: true),
    .init("patient_activation", .sum, isInternal: true),
  ]

  private static let health: [Catalog.Rate] = [
    .init("radiology_standard", .perUnit("2.00")), .init("radiology_advanced", .perUnit("7.00")),
    .init("patient_activation", .perUnit("2.00")).with { $0.isItemized = true },
  ]

  private static func metered(_ metric: String, _ model: Catalog.Model) -> Catalog.Rate {
    .init(metric, model).with { $0.billing = .meter }
  }

  /// Of companies with a subscription at Stripe, whose metered prices stay; and of others, whose prices change.
  private static let standard = Catalog.Plan("standard", baseFee: "199.00", rates: metered)
  private static let classic = Catalog.Plan("classic", baseFee: "199.00", rates: metered)

  private static let metered: [Catalog.Rate] =
    [
      metered("order", .perUnit("0.10")), metered("storage", .perUnit("1.00")),
      metered("seat", .perUnit("3.05")).with { $0.included = "2" }, metered("person", .perUnit("0.70")),
      metered(
        "session",
        .graduated([
          .init(upTo: "10", price: "0.50"), .init(upTo: "40", price: "0.30"), .init(upTo: nil, price: "0.115"),
        ])),
      metered("api_call", .perUnit("0.01")).with { $0.unitSize = "1000" },
      metered("call_seconds", .perUnit("0.10")).with {
        $0.unitSize = "60"; $0.isItemized = true
      },
      metered("scan", .package("5.00")).with { $0.unitSize = "100" },
      .init("assessment", .volume([.init(upTo: "20", price: "9.00"), .init(upTo: nil, price: "7.50", flat: "12.00")])),
    ] + health

  private static let business = Catalog.Plan(
    "business", baseFee: "0.00",
    rates: [
      .init("assessment", .perUnit("10.00")).with { $0.included = "50" },
      .init("order", .graduated([.init(upTo: "100", price: "0.125", flat: "3.00"), .init(upTo: nil, price: "0.033")])),
      .init("storage", .perUnit("0.333")),
      .init("call_seconds", .perUnit("0.07")).with {
        $0.unitSize = "60"; $0.isItemized = true
      },
      .init("scan", .package("4.99")).with {
        $0.unitSize = "30"; $0.included = "15.5"
      },
      // Counted and reported, and free.
      .init("session", .perUnit("0.00")),
    ] + health)

  private static let tokyo = Catalog.Plan(
    "tokyo", baseFee: "12000", currency: "jpy", digits: 0,
    rates: [
      .init("order", .perUnit("3.5")), .init("seat", .perUnit("450")), .init("person", .perUnit("99.9")),
      .init("call_seconds", .perUnit("7")).with { $0.unitSize = "60" },
    ])

  private static let kuwait = Catalog.Plan(
    "kuwait", baseFee: "61.125", currency: "kwd", digits: 3,
    rates: [
      .init("order", .perUnit("0.0315")), .init("storage", .perUnit("0.305")), .init("session", .perUnit("0.001")),
      .init("patient_activation", .perUnit("0.625")),
    ])

  /// As the year begins.
  static let first = Catalog(
    metrics: metrics, plans: [standard, classic, business, tokyo, kuwait],
    chargeKinds: [.init("setup_fee"), .init("adjustment"), .init("credit"), .init("training", atOnce: true)])

  /// Prices change by versions that begin on later days, and a metric that had no rate gets its first.
  static func changed(_ catalog: Catalog, _ plan: String, _ rate: Catalog.Rate) -> Catalog {
    var catalog = catalog
    for index in catalog.plans.indices where catalog.plans[index].id == plan { catalog.plans[index].rates.append(rate) }
    return catalog
  }
}
