import Billing

/// What is sold, as an invoice names it: the base fee, or a metric.
public enum StripeProduct: Hashable, Sendable {
  case baseFee
  case metric(MetricName)

  /// Its name in the metadata of products and prices; no metric may be called so.
  var key: StripeText {
    switch self {
    case .baseFee: "base_fee"
    case .metric(let metric): StripeText(metric)
    }
  }

  /// What the customer reads on an invoice.
  var name: StripeText {
    switch self {
    case .baseFee: "Base fee"
    case .metric(let metric): StripeText(metric)
    }
  }
}
