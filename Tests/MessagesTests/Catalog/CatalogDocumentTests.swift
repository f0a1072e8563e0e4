import Billing
import Glibc
import JSON
import Messages
import Testing

@Suite("Catalog documents")
struct CatalogDocumentTests {
  private func decode(_ text: String) throws(CatalogMistakes) -> Catalog {
    try CatalogDocument.decode(Array(text.utf8), version: 1)
  }

  private func mistakes(of text: String) -> [String] {
    do throws(CatalogMistakes) {
      _ = try decode(text)
      return []
    } catch { return error.mistakes.map(\.description) }
  }

  private func document(
    rate: String, metric: String = #"{"name":"order","unit":"order","source":"message","aggregation":"sum"}"#
  ) -> String {
    """
    {"metrics": [\(metric)], "chargeKinds": ["credit"],
     "plans": [{"id": "standard", "baseFee": "199.00", "currency": "usd", "default": true, "rates": [\(rate)]}]}
    """
  }

  private func text(of path: String) throws -> [UInt8] {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let file = try #require(fopen("/\(root)/\(path)", "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
    return bytes
  }

  private func defaultCatalog() throws -> Catalog {
    try CatalogDocument.decode(text(of: "schemas/catalog.default.json"), version: 1)
  }

  @Test("the default catalog prices the example month at 279.50, 478.50 with its fee")
  func exampleMonth() throws {
    let plan = try defaultCatalog().defaultPlan
    let january = try #require(CivilDate("2025-01-01").flatMap { BillingPeriod(start: $0, end: $0.adding(days: 31)) })
    let totals = [("order", 1_250), ("invoice", 980), ("storage", 45), ("api_call", 50_000), ("ai_job", 120)]
    var costs: [Amount] = []
    for (name, total) in totals {
      let metric = try #require(MetricName(name))
      let rate = try #require(plan.rate(for: metric, in: january, today: january.start))
      costs.append(try Pricing.cost(of: Quantity(total), at: rate, currency: plan.currency).amount)
    }
    #expect(costs.map(\.description) == ["125.00", "49.00", "45.00", "0.50", "60.00"])
    let usage = try Amount.sum(costs, currency: plan.currency)
    #expect(usage.description == "279.50")
    #expect(try usage.adding(plan.baseFee).description == "478.50")
  }

  @Test("the default catalog is what the product promises")
  func defaults() throws {
    let catalog = try defaultCatalog()
    #expect(catalog.plans.map(\.id.text) == ["standard", "business"])
    #expect(catalog.chargeKinds.map(\.text) == ["setup_fee", "adjustment", "credit"])
    let standard = catalog.plans[0].rates.map { rate in
      "\(rate.metric) \(rate.model.unitPrice?.description ?? "tiers") \(rate.unitSize) \(rate.threshold?.description ?? "-") \(rate.billing)"
        + (rate.itemize ? " itemized" : "")
    }
    #expect(
      standard == [
        "order 0.10 1 10000 stripeMeter", "invoice 0.05 1 5000 stripeMeter", "storage 1.00 1 100 stripeMeter",
        "api_call 0.01 1000 1000000 stripeMeter", "ai_job 0.50 1 1000 stripeMeter",
        "call_seconds 0.10 60 - stripeMeter itemized", "radiology_standard 2.00 1 - invoiceItem",
        "radiology_advanced 7.00 1 - invoiceItem", "patient_activation 2.00 1 - invoiceItem itemized",
      ])
    let business = catalog.plans[1]
    #expect(business.baseFee.description == "0.00")
    #expect(business.rates.map(\.metric.text) == ["assessment"])
    #expect(business.rates[0].included == Quantity(50))
    #expect(catalog.metrics.values.count { $0.source == .internal } == 3)
    let metric = try #require(MetricName("call_seconds"))
    #expect(catalog.metrics[metric]?.minimumPerEvent == Quantity(30))
    let storage = try #require(MetricName("storage"))
    #expect(catalog.metrics[storage]?.aggregation == .max)
  }

  @Test("a catalog written and read again is the same, and so is its document")
  func roundTrip() throws {
    let catalog = try defaultCatalog()
    let document = CatalogDocument.encode(catalog)
    let again = try CatalogDocument.decode(document, version: 1)
    #expect(again == catalog)
    #expect(CatalogDocument.encode(again) == document)

    let rate = """
      {"metric":"order","effectiveFrom":"2025-03-01","unitPrice":1e-12,"unitSize":"0.5","levels":[],"billing":"none"}
      """
    let odd = try decode(self.document(rate: rate))
    #expect(try CatalogDocument.decode(CatalogDocument.encode(odd), version: 1) == odd)
    #expect(odd.plans[0].rates[0].levels == [])
  }

  @Test("decimals are read by their digits, from numbers and texts alike, and null is as good as absent")
  func decimals() throws {
    let rate = """
      {"metric":"order","unitPrice":0.100000000001,"unitSize":1e3,"included":"999999999999999.999999999",
       "threshold":null,"levels":[0.8,"1"],"effectiveFrom":null,"billing":"none","itemize":null}
      """
    let read = try decode(document(rate: rate)).plans[0].rates[0]
    #expect(read.model == .perUnit(Price(units: 100_000_000_001)))
    #expect(read.unitSize == Quantity(1_000))
    #expect(read.included.description == "999999999999999.999999999")
    #expect(read.threshold == nil && read.effectiveFrom == nil && !read.itemize)
    #expect(read.levels == Rate.defaultLevels)
  }

  @Test(
    "a mistake in a rate is named by its path and rule",
    arguments: [
      (#""unitPrice":"-0.1""#, "unitPrice: a decimal, 0 or more"),
      (#""unitPrice":"ten""#, "unitPrice: a decimal, 0 or more"),
      (#""unitPrice":true"#, "unitPrice: a decimal, 0 or more"),
      (#""unitPrice":1e400"#, "unitPrice: a decimal, 0 or more"),
      (#""unitPrice":null"#, "unitPrice: a decimal, 0 or more"),
      (#""unitPrice":1,"unitSize":0"#, "unitSize: a quantity above 0"),
      (#""unitPrice":1,"included":-1"#, "included: a quantity, 0 or more, below 10^15, at most 9 decimals"),
      (#""unitPrice":1,"included":1e15"#, "included: a quantity, 0 or more, below 10^15, at most 9 decimals"),
      (#""unitPrice":1,"threshold":"1e-10""#, "threshold: a quantity, 0 or more, below 10^15, at most 9 decimals"),
      (#""unitPrice":1,"levels":[1,[]]"#, "levels[1]: a quantity, 0 or more, below 10^15, at most 9 decimals"),
      (#""unitPrice":1,"levels":1"#, "levels: a list"),
      (#""unitPrice":1,"levels":[1,0.8]"#, "levels: ascending, each once"),
      (#""unitPrice":1,"effectiveFrom":"2025-02-30""#, "effectiveFrom: a day, YYYY-MM-DD"),
      (#""unitPrice":1,"model":"package","tiers":[]"#, "tiers: only for the models graduated and volume"),
      (#""unitPrice":1,"tiers":[{"unitPrice":1}]"#, "tiers: only for the models graduated and volume"),
      (#""model":"package""#, "unitPrice: a decimal, 0 or more"),
      (#""model":"volume""#, "tiers: a list"),
      (#""model":"graduated","tiers":{}"#, "tiers: a list"),
      (#""model":"graduated","tiers":[]"#, "tiers: one tier at least"),
      (
        #""unitPrice":1,"model":"volume","tiers":[{"unitPrice":1}]"#,
        "unitPrice: none where there are tiers: each has its own"
      ),
      (#""model":"volume","tiers":[7,{"unitPrice":1}]"#, "tiers[0]: an object"),
      (#""model":"volume","tiers":[{}]"#, "tiers[0].unitPrice: a decimal, 0 or more"),
      (#""model":"volume","tiers":[{"unitPrice":1,"upto":5}]"#, "tiers[0].upto: no such field"),
      (
        #""model":"graduated","tiers":[{"unitPrice":1,"upTo":"ten"},{"unitPrice":1}]"#,
        "tiers[0].upTo: a quantity, 0 or more, below 10^15, at most 9 decimals"
      ),
      (#""model":"graduated","tiers":[{"unitPrice":1,"flatFee":true}]"#, "tiers[0].flatFee: a decimal, 0 or more"),
      (
        #""model":"graduated","tiers":[{"unitPrice":1,"upTo":5},{"unitPrice":1,"upTo":5},{"unitPrice":1}]"#,
        "tiers[1].upTo: above 0, and above that of the tier before"
      ),
      (
        #""model":"graduated","tiers":[{"unitPrice":1,"upTo":5}]"#,
        "tiers[0].upTo: in each tier but the last, which is open"
      ),
      (#""unitPrice":1,"model":"free""#, "model: one of per_unit, package, graduated, volume"),
      (#""unitPrice":1,"itemize":"yes""#, "itemize: true or false"),
      (#""unitPrice":1,"thresold":5"#, "thresold: no such field"),
    ])
  func rateMistakes(fields: String, expected: String) {
    let text = document(rate: #"{"metric":"order","billing":"none",\#(fields)}"#)
    #expect(mistakes(of: text) == ["plans[0].rates[0].\(expected)"])
  }

  @Test("prices of every model are read, and written again as they were")
  func models() throws {
    let tiers = """
      [{"upTo":100,"unitPrice":"1.00","flatFee":"5.00"},{"upTo":"1e3","unitPrice":0.5},{"unitPrice":"0.10"}]
      """
    let steps = [
      PriceTier(
        upTo: Quantity(100), unitPrice: Price(units: 1_000_000_000_000), flatFee: Price(units: 5_000_000_000_000)),
      PriceTier(upTo: Quantity(1_000), unitPrice: Price(units: 500_000_000_000)),
      PriceTier(upTo: nil, unitPrice: Price(units: 100_000_000_000)),
    ]
    for (fields, model) in [
      (#""model":"per_unit","unitPrice":"0.10""#, PriceModel.perUnit(Price(units: 100_000_000_000))),
      (#""model":"package","unitPrice":"0.10""#, .package(Price(units: 100_000_000_000))),
      (#""model":"graduated","tiers":\#(tiers)"#, .graduated(steps)),
      (#""model":"volume","unitPrice":null,"tiers":\#(tiers)"#, .volume(steps)),
    ] {
      let catalog = try decode(document(rate: #"{"metric":"order","billing":"none","included":5,\#(fields)}"#))
      #expect(catalog.plans[0].rates[0].model == model)
      #expect(try CatalogDocument.decode(CatalogDocument.encode(catalog), version: 1) == catalog)
    }
  }

  private func document(chargeKinds: String) -> String {
    document(rate: #"{"metric":"order","billing":"none","unitPrice":1}"#)
      .replacing(#""chargeKinds": ["credit"]"#, with: #""chargeKinds": [\#(chargeKinds)]"#)
  }

  @Test("a charge kind is a name, or says when it is billed; what it says outlives writing and reading")
  func chargeKinds() throws {
    let text =
      #""credit", {"kind":"setup_fee","billed":"at_once"}, {"kind":"visit"}, {"kind":"fine","billed":"with_period"}"#
    let catalog = try decode(document(chargeKinds: text))
    #expect(catalog.chargeKinds.map(\.text) == ["credit", "setup_fee", "visit", "fine"])
    #expect(catalog.kindsBilledAtOnce.map(\.text) == ["setup_fee"])
    let written = CatalogDocument.encode(catalog)
    guard case .object(let fields) = written, case .array(let kinds)? = fields.last?.value else {
      Issue.record("charge kinds are no list")
      return
    }
    // What says nothing is left out.
    let isObject = kinds.map { kind in if case .object = kind { true } else { false } }
    #expect(isObject == [false, true, false, false])
    #expect(try CatalogDocument.decode(written, version: 1) == catalog)
  }

  @Test(
    "a charge kind that says something else, or is there twice, is a mistake",
    arguments: [
      (#"{"kind":"setup_fee","billed":"later"}"#, "chargeKinds[0].billed: one of at_once, with_period"),
      (#"{"kind":"setup_fee","at":"once"}"#, "chargeKinds[0].at: no such field"),
      (
        #"{"billed":"at_once"}"#,
        "chargeKinds[0].kind: 1 to 64 characters of a-z, 0-9 and _, beginning with a letter"
      ),
      (#""fine", {"kind":"fine","billed":"at_once"}"#, "chargeKinds[1]: each kind once"),
      (#"{"kind":"base_fee","billed":"at_once"}"#, "chargeKinds[0]: reserved for the plan's fee"),
      (#"[]"#, "chargeKinds[0]: a text"),
    ])
  func brokenChargeKinds(kinds: String, mistake: String) {
    #expect(mistakes(of: document(chargeKinds: kinds)) == [mistake])
  }

  @Test("a price that Stripe cannot express is refused for stripe_meter, and taken for the other routes")
  func stripe() throws {
    let fields = #""metric":"order","model":"package","unitPrice":1,"unitSize":10,"included":5"#
    #expect(
      mistakes(of: document(rate: #"{\#(fields),"billing":"stripe_meter"}"#)) == [
        "plans[0].rates[0].included: for stripe_meter, 0 with packages: Stripe has no tiers beside transform_quantity"
      ])
    for billing in ["invoice_item", "none"] {
      #expect(mistakes(of: document(rate: #"{\#(fields),"billing":"\#(billing)"}"#)) == [])
    }
  }

  @Test("all mistakes of a document are named at once, of reading and of rules")
  func all() {
    let text = """
      {"metrics": [{"name": "Order", "unit": 5}, {"name": "visit", "unit": "visit", "source": "message",
        "aggregation": "count", "minimumPerEvent": 2}, 7],
       "plans": [{"id": "a b", "baseFee": "1.005", "currency": "usd", "rates": [{"metric": "x", "unitPrice": -1}]},
        {"id": "c", "baseFee": 1, "currency": "xxx", "default": true}],
       "chargeKinds": ["Fee", 1], "extra": {}}
      """
    #expect(
      Set(mistakes(of: text)) == [
        "extra: no such field",
        "metrics[0].name: 1 to 64 characters of a-z, 0-9 and _, beginning with a letter",
        "metrics[0].unit: a text",
        "metrics[0].source: one of message, internal",
        "metrics[0].aggregation: one of sum, count, max, last, unique",
        "metrics[1].minimumPerEvent: none where quantities do not count (count, unique)",
        "metrics[2]: an object",
        "plans[0].id: 1 to 64 characters of A-Z, a-z, 0-9, . _ and -",
        "plans[0].baseFee: an amount, 0 or more, with the currency's decimals",
        "plans[0].rates[0].unitPrice: a decimal, 0 or more",
        "plans[0].rates[0].billing: one of stripe_meter, invoice_item, none",
        "plans[1].currency: a currency of ISO 4217",
        "plans[1].rates: a list",
        "chargeKinds[0]: 1 to 64 characters of a-z, 0-9 and _, beginning with a letter",
        "chargeKinds[1]: a text",
      ])
  }

  @Test(
    "what is no catalog at all is a mistake, never a trap", arguments: ["", "{", "7", "[]", "{}", #"{"metrics":{}}"#])
  func noCatalog(text: String) { #expect(!mistakes(of: text).isEmpty) }

  @Test("an empty document is told what it lacks, and nothing that follows from it")
  func empty() { #expect(mistakes(of: "{}") == ["metrics: a list", "plans: a list", "chargeKinds: a list"]) }

  @Test("a damaged document is read or refused, never trapped on")
  func damaged() throws {
    let bytes = try text(of: "schemas/catalog.default.json")
    for position in stride(from: 0, to: bytes.count, by: 11) {
      for byte in "0-\"[]{}e.,".utf8 {
        var changed = bytes
        changed[position] = byte
        _ = try? CatalogDocument.decode(changed, version: 1)
      }
      #expect(throws: CatalogMistakes.self) { try CatalogDocument.decode(Array(bytes[..<position]), version: 1) }
    }
  }
}
