import Billing

/// What recording needs to know of a company, as one lane remembers it. Replaced, not altered, when the registry's
/// version says that the company changed.
final class Company {
  /// A row of `billing_periods`.
  struct Period {
    let bounds: BillingPeriod
    /// `nil` while the company is unregistered.
    let plan: PlanID?
  }

  let id: CompanyID
  /// Unregistered companies are counted; nobody is told of their thresholds yet.
  let isRegistered: Bool
  let anchor: AnchorDay
  let plan: PlanID?
  let currency: String?
  let overrides: [RateOverride]
  /// From when to when it owes base fees.
  let membership: Membership
  /// Start of the latest period for which the company's patients were renewed; `nil` when none was.
  let renewedThrough: CivilDate?
  /// Ascending and contiguous.
  var periods: [Period]
  /// The smallest total at which a level not yet announced is due, for totals seen before; a total below needs no look.
  var nextDue: [PeriodMetric: NextDue] = [:]

  struct PeriodMetric: Hashable {
    let metric: MetricName
    let periodStart: CivilDate
  }

  enum NextDue {
    case at(Quantity)
    case never
  }

  init(
    id: CompanyID, isRegistered: Bool, anchor: AnchorDay, plan: PlanID?, currency: String?, overrides: [RateOverride],
    membership: Membership, renewedThrough: CivilDate?, periods: [Period]
  ) {
    self.id = id
    self.isRegistered = isRegistered
    self.anchor = anchor
    self.plan = plan
    self.currency = currency
    self.overrides = overrides
    self.membership = membership
    self.renewedThrough = renewedThrough
    self.periods = periods
  }

  /// The period whose row contains the instant. The latest periods are looked at first: most usage is recent.
  func period(containing instant: Instant) -> Period? {
    let day = instant.date
    return periods.last { $0.bounds.start <= day && day < $0.bounds.end }
  }

  func period(startingAt start: CivilDate) -> Period? {
    periods.last { $0.bounds.start == start }
  }
}
