import Billing
import JSON
import Messages
import Operations
import TestSupport
import Testing

@testable import Workers

@Suite("The load of test messages")
struct LoadMessagesTests {
  private let now = Instant(microseconds: 1_739_188_800_000_000)  // 2025-02-10T12:00:00Z

  private func options() throws -> LoadOptions {
    LoadOptions(from: try #require(Instant("2025-01-11T00:00:00Z")), to: now)
  }

  private func items(_ options: LoadOptions) throws -> [LoadPlan.Item] {
    var plan = try LoadMessages(options).plan
    var items: [LoadPlan.Item] = []
    while let item = plan.next() { items.append(item) }
    return items
  }

  private func catalog() throws -> Catalog {
    let names = ["order", "invoice", "storage", "api_call", "ai_job"]
    let metrics = names.map { name in
      MetricName(name).map { Metric(name: $0, unit: "one", source: .message, aggregation: .sum) }
    }
    let internalMetric = MetricName("radiology_standard").map {
      Metric(name: $0, unit: "order", source: .internal, aggregation: .sum)
    }
    let plan = CatalogDraft.DraftPlan(
      id: PlanID("standard"), baseFee: Currency("usd").map { Amount(minorUnits: 0, currency: $0) }, rates: [],
      isDefault: true)
    return try CatalogDraft(metrics: metrics + [internalMetric], plans: [plan]).checked(version: 1)
  }

  private func decoder() throws -> UsageDecoder {
    try UsageDecoder(keyring: PseudonymKeyring("1:" + String(repeating: "ab", count: 32)), maximumAge: 400)
  }

  @Test("shares come out exactly, repeats come after what they repeat, and the same seed makes the same load")
  func plan() throws {
    var options = try options()
    options.messages = 10_000
    options.duplicates = try #require(LoadOptions.Share(percent: "10"))
    options.crossMonthDuplicates = try #require(LoadOptions.Share(percent: "2.5"))
    options.bad = try #require(LoadOptions.Share(percent: "1"))
    let items = try items(options)
    #expect(items.count == 10_000)
    var good: Set<Int> = []
    var (duplicates, others, bad) = (0, 0, 0)
    for item in items {
      switch item {
      case .good(let index): #expect(good.insert(index).inserted)
      case .duplicate(let index):
        #expect(good.contains(index))
        duplicates += 1
      case .otherMonth(let index):
        #expect(good.contains(index))
        others += 1
      case .bad: bad += 1
      }
    }
    #expect((good.count, duplicates, others, bad) == (8650, 1000, 250, 100))
    #expect(try self.items(options) == items)
    options.seed = 2
    #expect(try self.items(options) != items)
  }

  @Test("every good message is one that the decoder takes, and its repeat has the same bytes")
  func good() throws {
    var options = try options()
    options.messages = 2000
    options.users = 5
    options.subjects = 7
    options.duplicates = try #require(LoadOptions.Share(percent: "10"))
    options.largestShare = try #require(LoadOptions.Share(percent: "40"))
    let messages = try LoadMessages(options)
    let (decoder, metrics) = (try decoder(), try catalog().metrics)
    var largest = 0
    var ids: Set<String> = []
    for item in try items(options) {
      let body = messages.message(item).body
      let event = try decoder.decode(body, now: now, metrics: metrics)
      guard case .recorded(let usage) = event else {
        Issue.record("not a record")
        return
      }
      #expect(usage.timestamp >= options.from && usage.timestamp < options.to)
      guard case .good(let index) = item else { continue }
      ids.insert(usage.usageID.text)
      if usage.companyID.text == "comp-00001" { largest += 1 }
      let record = messages.record(index)
      #expect(record.timestamp == usage.timestamp)
      #expect(record.quantity == usage.quantity.description)
      #expect(messages.message(.duplicate(index)).body == body)
    }
    #expect(ids.count == 1800)
    #expect((620...820).contains(largest))
  }

  @Test("a repeat in another month has the same id and lies within two days of the boundary, on its other side")
  func crossMonth() throws {
    var options = try options()
    options.messages = 1000
    options.crossMonthDuplicates = try #require(LoadOptions.Share(percent: "5"))
    let messages = try LoadMessages(options)
    let boundary = try #require(Instant("2025-02-01T00:00:00Z"))
    var count = 0
    for case .otherMonth(let index) in try items(options) {
      let record = messages.record(index)
      let other = try #require(messages.other(index))
      #expect(other.usageID == record.usageID)
      #expect(record.timestamp >= boundary && record.timestamp < boundary.adding(days: 2))
      #expect(other.timestamp < boundary && other.timestamp >= boundary.adding(days: -2))
      count += 1
    }
    #expect(count == 50)
  }

  @Test(
    "the example month is complete, whatever repeats and bad messages are among it, and none is ahead of what has passed",
    arguments: ["2025-02-01T00:00:00Z", "2025-01-21T04:42:00Z", "2025-01-01T00:00:07Z"])
  func exampleMonth(until end: String) throws {
    let end = try #require(Instant(end))
    var options = LoadOptions(from: try #require(Instant("2025-01-01T00:00:00Z")), to: end)
    options.exampleMonth = CompanyID("optical-labs")
    options.duplicates = try #require(LoadOptions.Share(percent: "10"))
    options.bad = try #require(LoadOptions.Share(percent: "1"))
    let messages = try LoadMessages(options)
    var sums: [String: Quantity] = [:]
    var greatest = Quantity.zero
    var ids: Set<String> = []
    for case .good(let index) in try items(options) {
      let record = messages.record(index)
      #expect(ids.insert(record.usageID).inserted)
      #expect(record.timestamp >= options.from && record.timestamp < end)
      let quantity = try #require(Quantity(record.quantity))
      if record.metric == "storage" { greatest = max(greatest, quantity) }
      sums[record.metric, default: .zero] += quantity
    }
    #expect(sums["order"] == Quantity(1250))
    #expect(sums["invoice"] == Quantity(980))
    #expect(sums["api_call"] == Quantity(50_000))
    #expect(sums["ai_job"] == Quantity(120))
    #expect(greatest == Quantity(45))
    #expect(ids.count == 7381)
  }

  @Test("every kind of bad message is refused for its reason", arguments: BadLoad.kinds.indices)
  func bad(_ index: Int) throws {
    let kind = BadLoad.kinds[index]
    let body = kind.body(usageID: "u-1", company: "comp-1", timestamp: now)
    let error = #expect(throws: BadMessage.self) {
      _ = try decoder().decode(body, now: now, metrics: catalog().metrics)
    }
    #expect(error?.reason.rawValue == kind.reason, "\(kind.name)")
  }

  @Test("a share is a percentage with at most two decimals")
  func shares() {
    #expect(LoadOptions.Share(percent: "12.34")?.basisPoints == 1234)
    for text in ["-1", "100.01", "1.234", "ten", ""] { #expect(LoadOptions.Share(percent: text) == nil) }
  }
}

@Suite("The load of order events")
struct OrderLoadTests {
  @Test("is good events of whole orders and patients, the same for the same seed, each once and somewhat out of order")
  func load() throws {
    let now = Instant(microseconds: 1_739_188_800_000_000)
    var options = LoadOptions(from: now.adding(days: -30), to: now.adding(days: -1))
    options.orders = true
    options.messages = 1_024
    let messages = try LoadMessages(options)
    let codes = try ProcedureCodeDocument.decode(
      FileBytes.read("\(TestDatabase.schemasFolder)/procedure-codes.json", limit: 1 << 20))
    let decoder = try OrderEventDecoder(
      keyring: PseudonymKeyring("1:" + String(repeating: "ab", count: 32)), maximumAge: 400, codes: codes)
    var orders: [Pseudonym: [OrderStep]] = [:]
    var patients: Set<Pseudonym> = []
    var previous: Instant?
    var isOutOfOrder = false
    for index in 0..<1_024 {
      let body = messages.message(.good(index)).body
      #expect(body == messages.message(.duplicate(index)).body)
      switch try decoder.decode(body, now: now, chargeKinds: []) {
      case .order(let step): orders[step.order.newest, default: []].append(step)
      case .patient(let step): #expect(patients.insert(step.patient.newest).inserted)
      case .charge: Issue.record("a load of charges")
      }
      let time = try decoder.decode(body, now: now, chargeKinds: []).moment.occurredAt
      isOutOfOrder = isOutOfOrder || previous.map { time < $0 } ?? false
      previous = time
    }
    #expect(orders.count == 256 && patients.count == 256 && isOutOfOrder)
    #expect(orders.values.allSatisfy { Set($0.map(\.stage)).count == 3 && Set($0.map(\.companyID)).count == 1 })
  }

  @Test("takes no options that mean usage messages")
  func refused() throws {
    let now = Instant(microseconds: 1_739_188_800_000_000)
    var options = LoadOptions(from: now.adding(days: -30), to: now)
    options.orders = true
    options.bad = try #require(LoadOptions.Share(percent: "1"))
    #expect(throws: LoadError.self) { try LoadMessages(options) }
  }
}
