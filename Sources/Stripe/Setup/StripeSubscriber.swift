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

  private func bring(
    _ plan: SubscriptionPlan, _ customer: RemoteID, _ known: RemoteID?, _ made: [StripeText: RemoteID]
  ) throws(StripeSetupError) -> (Change, StripeSubscription) {
    guard let before = try find(plan, customer, known) else {
      let prices = plan.catalog.prices.compactMap { made[$0.lookupKey] }
      let id = try caller.make(.makeSubscription(plan, customer: customer, prices: prices))
      // Read anew: an answer that was saved under the request's key may tell of one that is over by now.
      return (.made, try live(id))
    }
    let changes = plan.changes(of: before, made: made)
    guard !changes.isEmpty else { return (.unchanged, before) }
    _ = try caller.make(.changeSubscription(before.id, changes))
    return (.changed, try live(before.id))
  }

  /// The one that is known, or one that was made for this company and not written down.
  private func find(
    _ plan: SubscriptionPlan, _ customer: RemoteID, _ known: RemoteID?
  ) throws(StripeSetupError) -> StripeSubscription? {
    if let known { return try live(known) }
    let own = try caller.all { .subscriptions(of: customer, after: $0) }.compactMap { StripeSubscription($0) }
      .filter { $0.isLive && $0.companyID == plan.company.text }
    guard own.count <= 1 else { throw .severalSubscriptions(plan.company) }
    return own.first
  }

  private func live(_ id: RemoteID) throws(StripeSetupError) -> StripeSubscription {
    let request = StripeRequest.subscription(id)
    let answer = try caller.call(request)
    guard let subscription = StripeSubscription(answer) else { throw caller.unreadable(request, answer) }
    guard subscription.isLive else { throw .notLive(id) }
    return subscription
  }
}
