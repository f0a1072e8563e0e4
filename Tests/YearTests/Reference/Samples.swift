import Testing
import YearReference

/// The default catalog, as the worked examples use it.
let sampleCatalog = Catalog(
  metrics: [
    .init("order", .sum), .init("invoice", .sum), .init("storage", .max), .init("api_call", .sum),
    .init("ai_job", .sum),
    .init("call_seconds", .sum, minimum: "30"), .init("assessment", .sum), .init("seat", .last),
    .init("person", .unique),
    .init("radiology_standard", .sum, isInternal: true), .init("radiology_advanced", .sum, isInternal: true),
    .init("patient_activation", .sum, isInternal: true),
  ],
  plans: [
    .init(
      "standard", baseFee: "199.00",
      rates: [
        .init("order", .perUnit("0.10")), .init("invoice", .perUnit("0.05")), .init("storage", .perUnit("1.00")),
        .init("api_call", .perUnit("0.01")).with { $0.unitSize = "1000" }, .init("ai_job", .perUnit("0.50")),
        .init("call_seconds", .perUnit("0.10")).with { $0.unitSize = "60" }, .init("seat", .perUnit("1.00")),
        .init("person", .perUnit("1.00")), .init("radiology_standard", .perUnit("2.00")),
        .init("radiology_advanced", .perUnit("7.00")), .init("patient_activation", .perUnit("2.00")),
      ]),
    .init(
      "business", baseFee: "0.00",
      rates: [.init("assessment", .perUnit("10.00")).with { $0.included = "50" }]),
  ],
  chargeKinds: [.init("setup_fee", atOnce: true), .init("adjustment"), .init("credit")])

func moment(_ text: String) throws -> Moment {
  let parts = text.split(separator: "T")
  let day = try #require(Day(String(parts[0])))
  let time = (parts.count > 1 ? parts[1] : "00:00").split(separator: ":").compactMap { Int($0) }
  return day.start + (time[0] * 3600 + time[1] * 60)
}

func day(_ text: String) throws -> Day { try #require(Day(text)) }

/// One company's year, told step by step.
struct Story {
  private var steps: [Step] = []
  private var count = 0
  let company = "acme"

  init(_ change: (inout CompanyChange) throws -> Void = { _ in }, at: String = "2027-07-01T00:00") throws {
    try set(at: at, change)
  }

  /// Nobody has registered the company.
  static var unregistered: Story { Story(steps: []) }

  private init(steps: [Step]) { self.steps = steps }

  mutating func set(at: String, _ change: (inout CompanyChange) throws -> Void) throws {
    var changes = CompanyChange()
    try change(&changes)
    steps.append(.company(company, changes, at: try moment(at)))
  }

  /// Published as soon as it happened, unless said otherwise.
  mutating func use(
    _ metric: String, _ quantity: String, at: String, published: String? = nil, id: String? = nil,
    subject: String? = nil
  ) throws {
    count += 1
    let usage = Message.Usage(
      id ?? "usage-\(count)", company, metric, quantity, at: try moment(at), subject: subject)
    steps.append(.published([.usage(usage)], at: try moment(published ?? at)))
  }

  mutating func publish(_ messages: Message..., at: String) throws {
    steps.append(.published(messages, at: try moment(at)))
  }

  mutating func renew(at: String) throws { steps.append(.renewed(at: try moment(at))) }
  mutating func billCharges(at: String) throws { steps.append(.chargesBilled(at: try moment(at))) }
  mutating func close(at: String) throws { steps.append(.closed(at: try moment(at))) }

  func invoices(_ catalog: Catalog = sampleCatalog) throws -> [ExpectedInvoice] {
    try Books.invoices(steps, catalog: catalog)[company] ?? []
  }

  /// Of the invoice of the period that begins on a day: its lines' amounts, the first one's first.
  func amounts(_ start: String, _ catalog: Catalog = sampleCatalog) throws -> [Int128] {
    let start = try day(start)
    return try invoices(catalog).first { $0.periodStart == start }?.lines.map(\.amount) ?? []
  }
}
