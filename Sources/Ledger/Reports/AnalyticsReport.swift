import Billing
import JSON

/// How a company's billing period goes: so far, against the same days of the period before, and where it leads to.
public struct AnalyticsReport: Sendable {
  /// A metric's usage in a period through one of its days, and what that costs: by the period's prices, its quota taken
  /// off, as if the period had ended with the day.
  public struct Figure: Sendable {
    public let quantity: Quantity
    public let cost: Amount
  }

  /// One metric.
  public struct Line: Sendable {
    public let metric: MetricName
    /// This period, through the day asked for.
    public let soFar: Figure
    /// This period's first days, as many as are compared: `soFar`, unless the former period had fewer days.
    public let compared: Figure
    /// The former period's first days, as many as are compared.
    public let former: Figure
    /// Of the quantity, from `former` to `compared`.
    public let trend: Trend
    /// Whether this period's plan has a rate for the metric; without one it is counted and costs nothing.
    public let isRated: Bool
  }

  /// What all metrics cost together.
  public struct Costs: Sendable {
    public let soFar: Amount
    public let compared: Amount
    /// In the former period's currency.
    public let former: Amount
    /// From `former` to `compared`; `nil` when they are in different currencies.
    public let trend: Trend?
  }

  /// One of the last days.
  public struct Day: Sendable {
    public let day: CivilDate
    public let events: Int64
    /// What the day added to the usage cost of its period, in that period's currency. Negative where a level fell.
    public let cost: Amount
  }

  public let companyID: CompanyID
  /// An unregistered company is priced by the default plan, without its base fee.
  public let isRegistered: Bool
  public let plan: PlanID
  public let progress: PeriodProgress
  public let former: BillingPeriod
  /// Whether the company had a period before; if not, `former` is where it would have been, without usage.
  public let hasFormer: Bool
  /// Metrics with usage in one of the two stretches, as reports list them.
  public let lines: [Line]
  public let costs: Costs
  public let baseFee: Amount
  /// Of the whole period, with the base fee.
  public let projectedCost: Amount
  /// The last seven days, ascending, the day asked for included; of the period before too where this one is younger.
  public let lastDays: [Day]

  public var currency: Currency { baseFee.currency }
  public var comparedDays: Int { progress.comparedDays(with: former) }

  /// What a reader of the figures has to know, for the foot of a table; `nil` when there is nothing.
  public var footnote: String? {
    var notes: [String] = []
    if comparedDays < progress.elapsedDays {
      notes.append(
        "the period before had only \(former.days) days: trends compare the first \(comparedDays) days of both")
    }
    if !hasFormer { notes.append("there was no period before: trends start from 0") }
    if costs.trend == nil {
      notes.append("the period before was billed in \(costs.former.currency): its costs are not compared")
    }
    if !isRegistered { notes.append("the company is not registered: default plan, no base fee") }
    return notes.isEmpty ? nil : notes.joined(separator: "; ")
  }
}

extension AnalyticsReport {
  /// The document of `analytics COMPANY --json`. Quantities, amounts and percentages are strings, so that no reader takes
  /// them for binary floating point.
  public func write(to json: inout JSONWriter) {
    json.object {
      $0.field("companyId", companyID.text)
      $0.field("plan", plan.text)
      $0.field("currency", currency.code)
      $0.field("periodStart", progress.period.start.description)
      $0.field("periodEnd", progress.period.end.description)
      if !isRegistered { $0.field("registered", false) }
      $0.field("asOf", progress.day.description)
      $0.field("elapsedDays", progress.elapsedDays)
      $0.field("periodDays", progress.period.days)
      $0.field("comparedDays", comparedDays)
      $0.key("former")
      $0.object {
        $0.field("periodStart", former.start.description)
        $0.field("periodEnd", former.end.description)
        $0.field("currency", costs.former.currency.code)
        if !hasFormer { $0.field("exists", false) }
      }
      $0.key("metrics")
      $0.array { array in for line in lines { line.write(to: &array) } }
      $0.field("usageCost", costs.soFar.description)
      $0.field("comparedCost", costs.compared.description)
      $0.field("formerCost", costs.former.description)
      $0.field("trend", optional: costs.trend?.description)
      $0.field("baseFee", baseFee.description)
      $0.field("projectedCost", projectedCost.description)
      $0.key("lastDays")
      $0.array { array in for day in lastDays { day.write(to: &array) } }
    }
  }
}

extension AnalyticsReport.Line {
  fileprivate func write(to json: inout JSONWriter) {
    json.object {
      $0.field("metric", metric.text)
      $0.field("quantity", soFar.quantity.description)
      $0.field("cost", soFar.cost.description)
      $0.field("comparedQuantity", compared.quantity.description)
      $0.field("comparedCost", compared.cost.description)
      $0.field("formerQuantity", former.quantity.description)
      $0.field("formerCost", former.cost.description)
      $0.field("trend", trend.description)
      if !isRated { $0.field("rated", false) }
    }
  }
}

extension AnalyticsReport.Day {
  fileprivate func write(to json: inout JSONWriter) {
    json.object {
      $0.field("day", day.description)
      $0.field("events", Int(events))
      $0.field("cost", cost.description)
      $0.field("currency", cost.currency.code)
    }
  }
}
