/// What one company owes, worked out from everything that happened, step by step, and with all of it at hand at each step:
/// nothing is kept up to date that could be computed anew.
public struct CompanyBooks {
  public let id: String
  /// So long after its end a period is closed, and the next one renewed.
  static let grace = 1800

  var catalog: Catalog
  var anchor = 1
  var plan: String?
  var joined: Day?
  var left: Day?
  var overrides: [Override] = []
  var periods: [Period] = []

  var records: [Record] = []
  /// Voids whose record has not come.
  var awaited: Set<Key> = []
  var counted: [Key: Int] = [:]
  var orders: [String: OrderBook] = [:]
  var patients: [String: PatientBook] = [:]
  /// The start of the latest period that was renewed.
  var renewedThrough: Day?
  var charges: [ChargeBook] = []

  var charged: [Total: Charged] = [:]
  public internal(set) var invoices: [ExpectedInvoice] = []

  struct Override {
    let metric: String
    let from: Day
    let price: String?
    let included: String?
  }

  /// An id counts once in a month, and once around the boundary of two.
  struct Key: Hashable {
    enum Span: Hashable { case month(Int, Int), boundary(Day) }
    let id: String
    let span: Span
  }

  public init(_ id: String, catalog: Catalog) {
    self.id = id
    self.catalog = catalog
  }

  public mutating func take(_ step: Step) throws {
    switch step {
    case .published(let messages, let now):
      let own = messages.filter { $0.company == id }
      guard !own.isEmpty else { return }
      extend(to: own.map(\.at), now: now)
      try publish(own)
    case .company(let company, let change, let now):
      guard company == id else { return }
      try set(change, now: now)
    case .catalog(let catalog, _): self.catalog = catalog
    case .renewed(let now): renew(now: now)
    case .chargesBilled: billAtOnce()
    case .closed(let now): try close(now: now)
    }
  }

  var isRegistered: Bool { plan != nil }

  /// Records first, then voids: so do recorders with what comes in one batch.
  private mutating func publish(_ messages: [Message]) throws {
    for case .usage(let usage) in messages { try record(usage) }
    for case .void(let void) in messages { take(back: void) }
    foldOrders(messages)
    foldPatients(messages)
    for case .charge(let charge) in messages where !charges.contains(where: { $0.id == charge.charge }) {
      charges.append(ChargeBook(id: charge.charge, kind: charge.kind, amount: Int128(charge.amount), at: charge.at))
    }
  }

  // MARK: - Terms

  private mutating func set(_ change: CompanyChange, now: Moment) throws {
    guard let standard = catalog.plans.first else { throw BooksError(description: "the catalog has no plan") }
    let isRegistration = !isRegistered
    // What has begun until now has begun under the former terms.
    if !periods.isEmpty { extend(to: [], now: now) }
    anchor = change.anchor ?? anchor
    plan = change.plan ?? plan ?? standard.id
    joined = change.joined ?? joined
    left = change.left ?? left
    if isRegistration {
      for index in periods.indices { periods[index].plan = plan }
    }
    for rate in change.rates {
      let from = isRegistration ? Day(number: 0) : now.day
      let before = overrides.last { $0.metric == rate.metric }
      overrides.removeAll { $0.metric == rate.metric && $0.from == from }
      overrides.append(
        Override(
          metric: rate.metric, from: from, price: rate.price ?? before?.price,
          included: rate.included ?? before?.included))
    }
    extend(to: [], now: now)
  }

  /// Periods follow each other from the first one on that anything happened in. Each has the anchor and the plan that the
  /// company has when it begins.
  mutating func extend(to moments: [Moment], now: Moment) {
    for day in (moments + [now]).map(\.day).sorted() {
      if periods.isEmpty {
        let start = day.latest(anchor: anchor)
        periods.append(Period(start: start, end: start.next(anchor: anchor), plan: plan))
      }
      while let first = periods.first, day < first.start {
        periods.insert(Period(start: (first.start + -1).latest(anchor: anchor), end: first.start, plan: plan), at: 0)
      }
      while let last = periods.last, day >= last.end {
        periods.append(Period(start: last.end, end: last.end.next(anchor: anchor), plan: plan))
      }
    }
  }

  func period(of moment: Moment) -> Period? { periods.first { $0.contains(moment) } }

  /// `nil` where the metric is unrated: counted, costing nothing.
  func terms(_ metric: String, in period: Period) throws -> (rate: Catalog.Rate, terms: Pricing.Terms)? {
    guard let plan = period.plan.flatMap({ catalog.plan($0) }) else { return nil }
    let versions = plan.rates.filter { $0.metric == metric }.sorted {
      ($0.from?.number ?? -1) < ($1.from?.number ?? -1)
    }
    let begun = versions.last { ($0.from ?? period.start) <= period.start }
    // A metric's first version holds in the period in which it begins.
    guard let rate = begun ?? versions.first(where: { ($0.from ?? period.start) < period.end }) else { return nil }
    let own = overrides.filter { $0.metric == metric && $0.from <= period.start }.max { $0.from < $1.from }
    var model = rate.model
    if let price = own?.price {
      switch model {
      case .perUnit: model = .perUnit(price)
      case .package: model = .package(price)
      case .graduated, .volume: break
      }
    }
    let terms = try Pricing.Terms(
      model: model, unitSize: Pricing.number(rate.unitSize),
      included: Pricing.number(own?.included ?? rate.included), digits: plan.digits)
    return (rate, terms)
  }
}

/// A one-off charge.
struct ChargeBook {
  let id: String
  let kind: String
  let amount: Int128
  let at: Moment
  var isBilled = false
}
