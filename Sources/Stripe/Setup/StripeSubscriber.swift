import Billing
import Outbox

/// Subscribes a company, or brings its subscription up to date. Run again, it changes nothing.
public struct StripeSubscriber {
  public enum Change: String, Hashable, Sendable { case made, changed, unchanged }

  public struct Report: Hashable, Sendable {
    public let change: Change
    /// As it is now.
    public let subscription: StripeSubscription
    /// Which metrics it bills, each with its price.
    public let prices: [SubscriptionMeters.Price]
  }

  private let caller: StripeCaller

  public init(_ caller: StripeCaller) { self.caller = caller }

  /// - Parameter known: the company's subscription, if it is known to have one.
  public func run(
    _ plan: SubscriptionPlan, customer: RemoteID, known: RemoteID?
  ) throws(StripeSetupError) -> Report {
    let setup = try StripeSetup(caller).run(plan.catalog)
    let (change, subscription) = try bring(plan, customer, known, setup.prices)
    let prices = MeterDirectory(setup.meters).prices(of: subscription)
    return Report(change: change, subscription: subscription, prices: prices)
  }

  /// Brings a subscription up to date, and never makes one: one that is over was ended by somebody.
  ///
  /// - Parameter setup: of the plan's catalog.
  public func move(
    _ subscription: RemoteID, to plan: SubscriptionPlan, setup: StripeSetup.Report
  ) throws(StripeSetupError) -> Report {
    let request = StripeRequest.subscription(subscription)
    let answer = try caller.call(request)
    guard let before = StripeSubscription(answer) else { throw caller.unreadable(request, answer) }
    guard before.isLive else { throw .notLive(subscription) }
    let (change, after) = try change(before, plan, setup.prices)
    let prices = MeterDirectory(setup.meters).prices(of: after)
    return Report(change: change, subscription: after, prices: prices)
  }

  private func bring(
    _ plan: SubscriptionPlan, _ customer: RemoteID, _ known: RemoteID?, _ made: [StripeText: RemoteID]
  ) throws(StripeSetupError) -> (Change, StripeSubscription) {
    let (before, ended) = try find(plan, customer, known)
    guard let before else {
      let prices = plan.catalog.prices.compactMap { made[$0.lookupKey] }
      return (.made, try live(.makeSubscription(plan, customer: customer, prices: prices, former: ended)))
    }
    return try change(before, plan, made)
  }

  private func change(
    _ before: StripeSubscription, _ plan: SubscriptionPlan, _ made: [StripeText: RemoteID]
  ) throws(StripeSetupError) -> (Change, StripeSubscription) {
    let changes = plan.changes(of: before, made: made)
    guard !changes.isEmpty else { return (.unchanged, before) }
    return (.changed, try live(.changeSubscription(before.id, changes)))
  }

  /// The live one that is known, or that was made for this company and not written down; and those that ended.
  private func find(
    _ plan: SubscriptionPlan, _ customer: RemoteID, _ known: RemoteID?
  ) throws(StripeSetupError) -> (StripeSubscription?, ended: [RemoteID]) {
    let all = try caller.all { .subscriptions(of: customer, after: $0) }.compactMap { StripeSubscription($0) }
    if let known {
      // One that is not the customer's may be live somewhere else: a second beside it would bill twice.
      guard let found = all.first(where: { $0.id == known }) else { throw .notTheCustomers(known) }
      if found.isLive { return (found, []) }
    }
    let own = all.filter { $0.companyID == plan.company.text }
    let live = own.filter(\.isLive)
    guard live.count <= 1 else { throw .severalSubscriptions(plan.company) }
    return (live.first, own.filter { !$0.isLive }.map(\.id))
  }

  /// Read anew after a change: Stripe may have answered with what it had saved under the request's key.
  private func live(_ change: StripeRequest) throws(StripeSetupError) -> StripeSubscription {
    let id = try caller.make(change)
    let request = StripeRequest.subscription(id)
    let answer = try caller.call(request)
    guard let subscription = StripeSubscription(answer) else { throw caller.unreadable(request, answer) }
    guard subscription.isLive else { throw .notLive(id) }
    return subscription
  }
}
