/// What is counted, and how records become a total.
public struct Metric: Hashable, Sendable {
  /// Who may record it: upstream services by message, or only the product itself.
  public enum Source: String, Hashable, Sendable, CaseIterable { case message, `internal` }

  public let name: MetricName
  /// What one of it is called in tables: `order`, `GB`, `second`.
  public let unit: String
  public let source: Source
  public let aggregation: Aggregation
  /// What a record counts at least: a call of 15 seconds counts as 30. Applied when counted; the ledger keeps both.
  public let minimumPerEvent: Quantity?

  public init(
    name: MetricName, unit: String, source: Source, aggregation: Aggregation, minimumPerEvent: Quantity? = nil
  ) {
    self.name = name
    self.unit = unit
    self.source = source
    self.aggregation = aggregation
    self.minimumPerEvent = minimumPerEvent
  }

  /// What a record of `quantity` adds to the ledger's counted column: 1 for `count` and `unique`, else the quantity,
  /// raised to the minimum.
  public func counted(_ quantity: Quantity) -> Quantity {
    switch aggregation {
    case .count, .unique: Quantity(1)
    case .sum, .max, .last: minimumPerEvent.map { Swift.max($0, quantity) } ?? quantity
    }
  }
}
