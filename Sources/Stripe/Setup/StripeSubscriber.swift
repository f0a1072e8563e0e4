import Billing
import Outbox

/// Subscribes a company, or brings its subscription up to date. Run again, it changes nothing.
public struct StripeSubscriber {
  public enum Change: String, Hashable, Sendable { case made, changed, unchanged }

  public struct Report: Hashable, Sendable {
    public let change: Change
    /// As it is now.
    public let subscription: StripeSubscription
  }

  private let caller: StripeCaller

  public init(_ caller: StripeCaller) { self.caller = caller }

  /// - Parameter known: the company's subscription, if it is known to have one.
  public func run(
    _ plan: SubscriptionPlan, customer: RemoteID, known: RemoteID?
  ) throws(StripeSetupError) -> Report {
    let made = try StripeSetup(caller).run(plan.catalog).prices
    guard let before = try find(plan, customer, known) else {
      let prices = plan.catalog.prices.compactMap { made[$0.lookupKey] }
      let id = try caller.make(.makeSubscription(plan, customer: customer, prices: prices))
      // Read anew: an answer that was saved under the request's key may tell of one that is over by now.
      return Report(change: .made, subscription: try live(id))
    }
    let changes = plan.changes(of: before, made: made)
    guard !changes.isEmpty else { return Report(change: .unchanged, subscription: before) }
    _ = try caller.make(.changeSubscription(before.id, changes))
    return Report(change: .changed, subscription: try live(before.id))
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
