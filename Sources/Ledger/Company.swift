import Billing

/// What recording needs to know of a company, as one lane remembers it. Replaced, not altered, when the registry's
/// version says that the company changed.
final class Company {
  /// A row of `billing_periods`.
  struct Period {
    let bounds: BillingPeriod
    /// `nil` while the company is unregistered.
    let plan: PlanID?
    /// When it was read; `nil` while it was open.
    var closedAt: Instant?
  }

  let id: CompanyID
  /// Unregistered companies are counted; nobody is told of their thresholds yet.
  let isRegistered: Bool
  let anchor: AnchorDay
  let plan: PlanID?
  let currency: String?
  let overrides: [RateOverride]
  /// From when to when it owes base fees as far as somebody said so; what follows from it, `membership(in:)`.
  let statedMembership: Membership
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
    statedMembership = membership
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

  /// From when to when it owes base fees, as seen from a period: for closing and for reports alike.
  ///
  /// A period that late usage has put before closed ones is from before the company joined, unless its joining day is
  /// known: it owes its usage, and no base fee. So is one that has no row yet. That a closed one was put there shows in
  /// its having been closed after them; others are closed in their order.
  func membership(in period: BillingPeriod) -> Membership {
    guard statedMembership.joined == nil else { return statedMembership }
    let closedAt = self.period(startingAt: period.start)?.closedAt
    let first = periods.first { later in
      guard later.bounds.start > period.start, let time = later.closedAt else { return false }
      return closedAt.map { time < $0 } ?? true
    }
    return Membership(joined: first?.bounds.start, left: statedMembership.left)
  }
}
