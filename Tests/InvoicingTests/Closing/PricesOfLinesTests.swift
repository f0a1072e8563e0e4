import Billing
import Invoicing
import Ledger
import PostgreSQL
import TestSupport
import Testing

@Suite("Lines are priced by the terms of their period", .enabled(if: TestDatabase.isAvailable))
struct PricesOfLinesTests {
  private static let metrics = #"""
    {"metrics": [
      {"name": "scan", "unit": "one", "source": "message", "aggregation": "sum"},
      {"name": "order", "unit": "one", "source": "message", "aggregation": "sum"},
      {"name": "visit", "unit": "one", "source": "message", "aggregation": "sum"}],
     "chargeKinds": ["credit", {"kind": "setup_fee", "billed": "at_once"}],
    """#

  private static func catalog(fee: String = "199.00", currency: String = "usd", _ rates: String) -> String {
    #"\#(metrics) "plans": [{"id": "standard", "baseFee": "\#(fee)", "currency": "\#(currency)", "default": true, "rates": [\#(rates)]}]}"#
  }

  /// Of three models, with quotas.
  private static let models = #"""
    {"metric": "scan", "model": "graduated", "included": 5, "billing": "invoice_item", "tiers":
      [{"upTo": 10, "unitPrice": "1.005"}, {"upTo": 20, "unitPrice": "0.50", "flatFee": "3.00"}, {"unitPrice": "0.10"}]},
    {"metric": "order", "model": "volume", "billing": "invoice_item", "tiers":
      [{"upTo": 100, "unitPrice": "0.10"}, {"unitPrice": "0.05", "flatFee": "1.00"}]},
    {"metric": "visit", "model": "package", "unitPrice": "5.00", "unitSize": 10, "included": 3, "billing": "invoice_item"}
    """#

  @Test("tiers and packages are of the total, whatever lines it stands on: late lines are differences, down too")
  func models() throws {
    let world = try World()
    try world.apply(Self.catalog(Self.models))
    try world.register("acme", mode: .off)
    try world.use("acme", "scan", "8", at: "2025-01-10T08:00:00Z")
    try world.use("acme", "order", "100", at: "2025-01-10T08:00:00Z")
    try world.use("acme", "visit", "14", at: "2025-01-10T08:00:00Z")
    try world.close("2025-02-01T01:00:00Z")
    // 3 × 1.005 = 3.015; 100 × 0.10; 11 beyond the quota are two packages.
    #expect(
      try world.lines("acme") == ["base_fee 19900", "usage scan 8 302", "usage order 100 1000", "usage visit 14 1000"])
    try world.use("acme", "scan", "12", at: "2025-01-11T08:00:00Z", usage: "tier")
    try world.use("acme", "order", "1", at: "2025-01-11T08:00:00Z", usage: "cheaper")
    try world.use("acme", "visit", "9", at: "2025-01-11T08:00:00Z", usage: "same")
    try world.close("2025-03-01T01:00:00Z")
    // 10 × 1.005 + 5 × 0.50 + 3.00 = 15.55; 101 × 0.05 + 1.00 = 6.05; still two packages.
    #expect(
      try world.lines("acme", "2025-02-01") == [
        "base_fee 19900", "late scan 12 1253 2025-01-01", "late order 1 -395 2025-01-01", "late visit 9 0 2025-01-01",
      ])
    try world.void("acme", "cheaper", at: "2025-01-11T08:00:00Z")
    try world.void("acme", "same", at: "2025-01-11T08:00:00Z")
    try world.close("2025-04-01T01:00:00Z")
    #expect(
      try world.lines("acme", "2025-03-01") == [
        "base_fee 19900", "late order -1 395 2025-01-01", "late visit -9 0 2025-01-01",
      ])
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }

  @Test(
    "fees, quantities and charges are in the currency's own minor unit",
    arguments: [
      ("jpy", "1990", "base_fee 963", "usage scan 7 4", "1967"),
      ("kwd", "19.905", "base_fee 9631", "usage scan 7 3500", "23406"),
    ])
  func currencies(_ currency: String, _ fee: String, _ first: String, _ scans: String, _ whole: String) throws {
    let world = try World()
    try world.apply(
      Self.catalog(
        fee: fee, currency: currency,
        #"{"metric": "scan", "model": "per_unit", "unitPrice": "0.5", "unitSize": 1, "billing": "invoice_item"}"#))
    try world.register("acme", subscribed: false) { $0.joined = .day(try day("2025-01-17")) }
    try world.use("acme", "scan", "7", at: "2025-01-20T08:00:00Z")
    try world.charge("acme", "setup_fee", cents: 1000, currency: currency, at: "2025-01-20T08:00:00Z")
    _ = try ChargeBilling(.forLedger(world.database.configuration)).run(now: instant("2025-01-21T08:00:00Z"))
    try world.charge("acme", "credit", cents: -1, currency: currency, at: "2025-01-20T08:00:00Z")
    try world.close("2025-02-01T01:00:00Z")
    #expect(try world.lines("acme") == ["charge setup_fee 1000", first, scans, "charge credit -1"])
    let amounts = try world.effects("acme").compactMap { record -> String? in
      if case .invoiceItem(let item) = record.effect { return "\(item.minorUnits) \(item.currency)" }
      return nil
    }
    #expect(amounts.count == 4 && amounts.allSatisfy { $0.hasSuffix(currency) } && amounts.last == "-1 \(currency)")
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }

  @Test("a rate that begins at a period's start prices that period, not the one before, whenever it is closed")
  func effectiveFrom() throws {
    let world = try World()
    try world.apply(
      Self.catalog(
        #"""
        {"metric": "scan", "model": "per_unit", "unitPrice": "2.00", "unitSize": 1, "billing": "invoice_item"},
        {"metric": "scan", "model": "graduated", "effectiveFrom": "2025-02-01", "billing": "invoice_item", "tiers":
          [{"upTo": 2, "unitPrice": "3.00"}, {"unitPrice": "1.00"}]}
        """#))
    for (id, anchor) in [("first", 1), ("second", 2)] { try world.register(id, mode: .off, anchor: anchor) }
    for id in ["first", "second"] {
      for (number, date) in ["2025-01-31", "2025-02-01", "2025-02-02"].enumerated() {
        try world.use(id, "scan", "4", at: "\(date)T08:00:00Z", usage: "s\(number)")
      }
    }
    try world.close("2025-04-05T01:00:00Z")
    func scans(_ id: String) throws -> [String] { try world.lines(id).filter { $0.contains("scan") } }
    #expect(try scans("first") == ["usage scan 4 800", "usage scan 8 1200"])
    // Of the 1st its period has begun on January 2nd.
    #expect(try scans("second") == ["usage scan 8 1600", "usage scan 4 800"])
    // Late usage has its own period's price.
    try world.use("first", "scan", "1", at: "2025-01-30T08:00:00Z", usage: "late")
    try world.close("2025-05-05T01:00:00Z")
    #expect(try scans("first").last == "late scan 1 200 2025-01-01")
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }

  @Test("a company's own price and quota hold for the periods that begin under them, their late usage too")
  func overrides() throws {
    let world = try World()
    try world.apply(
      Self.catalog(
        #"{"metric": "scan", "model": "per_unit", "unitPrice": "2.00", "unitSize": 1, "billing": "invoice_item"}"#))
    try world.register("acme", mode: .off)
    try world.use("acme", "scan", "10", at: "2025-01-10T08:00:00Z")
    try world.set("acme", at: "2025-01-20T00:00:00Z") {
      var rate = CompanyChanges.Rate(metric: try metricName("scan"))
      rate.unitPrice = .value(try #require(Price("0.333")))
      rate.included = .value(Quantity(4))
      $0.rates = [rate]
    }
    try world.use("acme", "scan", "10", at: "2025-02-10T08:00:00Z")
    try world.close("2025-03-01T01:00:00Z")
    #expect(
      try world.lines("acme") == ["base_fee 19900", "usage scan 10 2000", "base_fee 19900", "usage scan 10 200"])
    for (number, month) in ["2025-01", "2025-02"].enumerated() {
      try world.use("acme", "scan", "1", at: "\(month)-11T08:00:00Z", usage: "late-\(number)")
    }
    try world.close("2025-04-01T01:00:00Z")
    // 7 × 0.333 = 2.331 after 6 × 0.333 = 1.998.
    #expect(
      try world.lines("acme", "2025-03-01") == [
        "base_fee 19900", "late scan 1 200 2025-01-01", "late scan 1 33 2025-02-01",
      ])
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }

  @Test("what a record counts at least is on the line, and comes off again when it is taken back")
  func minimum() throws {
    let world = try World()
    let name = #"{"name": "scan","#
    try world.apply(World.catalog.replacing(name, with: #"\#(name) "minimumPerEvent": 3,"#))
    try world.register("acme", mode: .off)
    for (number, amount) in ["1", "3", "4.5"].enumerated() {
      try world.use("acme", "scan", amount, at: "2025-01-10T08:00:00Z", usage: "m\(number)")
    }
    try world.close("2025-02-01T01:00:00Z")
    #expect(try world.lines("acme") == ["base_fee 19900", "usage scan 10.5 2100"])
    try world.void("acme", "m0", at: "2025-01-10T08:00:00Z")
    try world.close("2025-03-01T01:00:00Z")
    #expect(try world.lines("acme", "2025-02-01") == ["base_fee 19900", "late scan -3 -600 2025-01-01"])
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }
}
