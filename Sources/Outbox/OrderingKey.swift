import Billing
import PostgreSQL

/// One of a company's sequences: its entries are sent one after the other, never two at a time.
public enum OrderingKey: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Making the customer.
  case customer
  /// Invoice items, invoices and their finalization.
  case items
  /// Events for one meter: Stripe takes one call at a time for a customer and meter.
  case meter(MetricName)

  private static let meterPrefix = "meter:"

  /// `customer`, `items`, `meter:order`.
  public var text: String {
    switch self {
    case .customer: "customer"
    case .items: "items"
    case .meter(let metric): Self.meterPrefix + metric.text
    }
  }

  public var description: String { text }

  public init?(_ text: String) {
    switch text {
    case "customer": self = .customer
    case "items": self = .items
    default:
      guard text.hasPrefix(Self.meterPrefix), let metric = MetricName(String(text.dropFirst(Self.meterPrefix.count)))
      else { return nil }
      self = .meter(metric)
    }
  }

  /// By bytes, as the database orders them: rows are locked in one order everywhere.
  public static func < (left: OrderingKey, right: OrderingKey) -> Bool { left.text < right.text }
}

extension OrderingKey: PostgreSQLConvertible {
  public var postgreSQLValue: String { text }
  public init(postgreSQLValue text: String) throws(PostgreSQLError) {
    guard let key = OrderingKey(text) else { throw PostgreSQLError(.decoding, "a stored value is not an ordering key") }
    self = key
  }
}
