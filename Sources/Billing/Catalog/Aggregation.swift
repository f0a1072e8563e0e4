/// How the records of a company and metric become one total for a day or a billing period. Totals start anew each period.
public enum Aggregation: String, Hashable, Sendable, CaseIterable {
  /// All quantities added up.
  case sum
  /// How many records there are, whatever their quantity.
  case count
  /// The greatest quantity: daily samples of storage are not summed.
  case max
  /// The quantity of the latest record: by timestamp, then by the greatest usage id.
  case last
  /// How many different subjects there are; every record must name one.
  case unique
}
