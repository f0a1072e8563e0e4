/// What is counted and what it costs, as the simulated operator has written it down.
public struct Catalog: Sendable {
  public enum Aggregation: String, Sendable { case sum, count, max, last, unique }

  public struct Metric: Sendable {
    public let name: String
    public let aggregation: Aggregation
    public let minimum: String?
    public let isInternal: Bool

    public init(_ name: String, _ aggregation: Aggregation, minimum: String? = nil, isInternal: Bool = false) {
      self.name = name
      self.aggregation = aggregation
      self.minimum = minimum
      self.isInternal = isInternal
    }
  }

  public struct Tier: Sendable {
    /// `nil`: without an end.
    public let upTo: String?
    public let price: String
    public let flat: String

    public init(upTo: String?, price: String, flat: String = "0") {
      self.upTo = upTo
      self.price = price
      self.flat = flat
    }
  }

  public enum Model: Sendable {
    case perUnit(String)
    case package(String)
    case graduated([Tier])
    case volume([Tier])
  }

  public enum Route: String, Sendable {
    case meter = "stripe_meter"
    case item = "invoice_item"
    case none
  }

  public struct Rate: Sendable {
    public let metric: String
    public let model: Model
    public var unitSize = "1"
    public var included = "0"
    public var billing = Route.item
    public var isItemized = false
    /// `nil`: since ever.
    public var from: Day?

    public init(_ metric: String, _ model: Model) {
      self.metric = metric
      self.model = model
    }

    public func with(_ change: (inout Rate) -> Void) -> Rate {
      var rate = self
      change(&rate)
      return rate
    }
  }

  public struct Plan: Sendable {
    public let id: String
    public let baseFee: String
    public let currency: String
    /// Digits of the currency's minor unit.
    public let digits: Int
    public var rates: [Rate]

    public init(_ id: String, baseFee: String, currency: String = "usd", digits: Int = 2, rates: [Rate]) {
      self.id = id
      self.baseFee = baseFee
      self.currency = currency
      self.digits = digits
      self.rates = rates
    }
  }

  public struct ChargeKind: Sendable {
    public let name: String
    public let isBilledAtOnce: Bool

    public init(_ name: String, atOnce: Bool = false) {
      self.name = name
      isBilledAtOnce = atOnce
    }
  }

  public var metrics: [Metric]
  /// The first is the default.
  public var plans: [Plan]
  public var chargeKinds: [ChargeKind]

  public init(metrics: [Metric], plans: [Plan], chargeKinds: [ChargeKind]) {
    self.metrics = metrics
    self.plans = plans
    self.chargeKinds = chargeKinds
  }

  public func metric(_ name: String) -> Metric? { metrics.first { $0.name == name } }
  public func plan(_ id: String) -> Plan? { plans.first { $0.id == id } }
}
