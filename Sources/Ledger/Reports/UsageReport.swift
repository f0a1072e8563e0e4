import Billing
import JSON

/// What a company used in a billing period, or over a range of days, and what that costs.
///
/// Quotas and the base fee belong to a whole period of a whole company: a range of days, and a user's or subscription's
/// part, are priced without either, and from the first tier on, so that parts can be compared; their costs do not add up
/// to the period's.
public struct UsageReport: Sendable {
  /// One metric's usage.
  public struct Line: Sendable {
    public let metric: MetricName
    /// The total by the metric's aggregation, in its unit.
    public let quantity: Quantity
    /// How many records stand behind it.
    public let events: Int64
    /// The quota that costs nothing.
    public let included: Quantity
    /// What is left to pay for after the quota.
    public let billable: Quantity
    /// Rounded once, here.
    public let cost: Amount
    /// At whose levels subscribers are warned; `nil` when none is set, and where the report is not of a whole period.
    public let threshold: Quantity?
    /// Whether the plan has a rate for the metric; without one it is counted and costs nothing.
    public let isRated: Bool
  }

  public let companyID: CompanyID
  /// An unregistered company is priced by the default plan, without its base fee.
  public let isRegistered: Bool
  public let plan: PlanID
  public let currency: Currency
  /// Whole days in UTC, the end exclusive.
  public let span: BillingPeriod
  /// Whether `span` is one of the company's billing periods.
  public let isPeriod: Bool
  /// Whether it is all of the company's usage, not a user's or a subscription's.
  public let isWhole: Bool
  /// Metrics with usage: in the order of the plan's rates, then those without a rate by name.
  public let lines: [Line]
  /// The sum of the rounded lines.
  public let usageCost: Amount
  public let baseFee: Amount
  public let total: Amount

  /// What a reader of the figures has to know, for the foot of a table; `nil` for a whole period.
  public var footnote: String? {
    var notes: [String] = []
    if !isPeriod { notes.append("priced at the rates in force on \(span.start)") }
    if !isPeriod || !isWhole {
      notes.append(
        "without quotas and base fee, and from the first tier on: those belong to a company's whole billing period")
    }
    if !isRegistered { notes.append("the company is not registered: default plan, no base fee") }
    return notes.isEmpty ? nil : notes.joined(separator: "; ")
  }

  /// The document of `usage COMPANY --json`. Quantities and amounts are strings, so that no reader takes them for binary
  /// floating point.
  public func write(to json: inout JSONWriter) {
    json.object {
      $0.field("companyId", companyID.text)
      $0.field("plan", plan.text)
      $0.field("currency", currency.code)
      $0.field("periodStart", span.start.description)
      $0.field("periodEnd", span.end.description)
      if !isRegistered { $0.field("registered", false) }
      if !isPeriod { $0.field("span", "days") }
      if !isWhole { $0.field("part", true) }
      $0.key("metrics")
      $0.array { array in for line in lines { line.write(to: &array) } }
      $0.field("usageCost", usageCost.description)
      $0.field("baseFee", baseFee.description)
      $0.field("total", total.description)
    }
  }
}

extension UsageReport.Line {
  fileprivate func write(to json: inout JSONWriter) {
    json.object {
      $0.field("metric", metric.text)
      $0.field("quantity", quantity.description)
      $0.field("events", Int(events))
      $0.field("included", included.description)
      $0.field("billable", billable.description)
      $0.field("cost", cost.description)
      $0.field("threshold", optional: threshold?.description)
      if !isRated { $0.field("rated", false) }
    }
  }
}
