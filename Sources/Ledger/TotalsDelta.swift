import Billing

/// What a batch adds to the totals: one row for each company, metric and span, in key order, so that replicas lock rows
/// in one order and no row is touched twice.
///
/// Kept by column, as the statement wants its parameters.
struct TotalsDelta {
  private(set) var companies: [String] = []
  private(set) var metrics: [MetricName] = []
  private(set) var starts: [CivilDate] = []
  private(set) var amounts: [Amount] = []

  /// What one total gains.
  struct Amount {
    let aggregation: Aggregation
    var quantity: Quantity
    var events: Int64
    /// For `last`: whose quantity it is.
    var last: (at: Instant, id: UsageID)?
  }

  struct Key: Hashable, Comparable {
    let metric: MetricName
    let start: CivilDate

    static func < (left: Key, right: Key) -> Bool {
      left.metric == right.metric ? left.start < right.start : left.metric < right.metric
    }
  }

  var count: Int { companies.count }
  var isEmpty: Bool { companies.isEmpty }

  /// Takes over what one company gains; companies come in ascending order.
  mutating func append(company: CompanyID, _ gains: [Key: Amount]) {
    for (key, amount) in gains.sorted(by: { $0.key < $1.key }) {
      companies.append(company.text)
      metrics.append(key.metric)
      starts.append(key.start)
      amounts.append(amount)
    }
  }
}

extension TotalsDelta.Amount {
  static func nothing(_ aggregation: Aggregation) -> Self {
    Self(aggregation: aggregation, quantity: .zero, events: 0)
  }

  /// Adds a record. What `unique` gains is decided by the table of subjects, not here.
  mutating func add(counted: Quantity, at timestamp: Instant, id: UsageID) {
    events += 1
    switch aggregation {
    case .sum, .count: quantity += counted
    case .max: quantity = max(quantity, counted)
    case .last:
      if let last, (last.at, last.id) > (timestamp, id) { return }
      last = (timestamp, id)
      quantity = counted
    case .unique: break
    }
  }

  /// Takes a record back. `max` and `last` cannot be undone by a difference: they are computed anew from the ledger.
  mutating func remove(counted: Quantity) {
    events -= 1
    switch aggregation {
    case .sum, .count: quantity = quantity - counted
    case .max, .last, .unique: break
    }
  }
}
