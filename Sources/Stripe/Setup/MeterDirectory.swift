import Billing
import Outbox

/// Which of Stripe's meters counts which metric: what a subscription's prices name, and what event summaries are read
/// from. Learned page by page from the list of meters.
public struct MeterDirectory: Hashable, Sendable {
  private var metrics: [RemoteID: MetricName] = [:]

  public init() {}

  init(_ meters: [MetricName: RemoteID]) {
    for (metric, id) in meters { metrics[id] = metric }
  }

  /// Takes in an answer to `StripeRequest.meters`.
  ///
  /// - Returns: whether the answer was a list, and the request for the page that follows; `nil` after the last.
  public mutating func learn(_ answer: StripeAnswer) -> (isRead: Bool, next: StripeRequest?) {
    guard let page = StripePage(answer) else { return (false, nil) }
    for meter in page.objects {
      guard let id = meter.remoteID, let metric = meter["event_name"]?.text.flatMap({ MetricName($0) }) else {
        continue
      }
      metrics[id] = metric
    }
    return (true, page.next.map { .meters(after: $0) })
  }

  /// The metrics that a subscription bills, each with its price; those of meters that are not known here are left out.
  public func prices(of subscription: StripeSubscription) -> [SubscriptionMeters.Price] {
    guard subscription.isLive else { return [] }
    return subscription.items.compactMap { item in
      item.meter.flatMap { metrics[$0] }.map { SubscriptionMeters.Price(metric: $0, price: item.price) }
    }
  }

  /// The metrics that meters count.
  public var counted: Set<MetricName> { Set(metrics.values) }

  /// Every meter that counts, or once counted, the metric.
  public func meters(of metric: MetricName) -> [RemoteID] {
    metrics.filter { $0.value == metric }.map(\.key).sorted { $0.text < $1.text }
  }
}
