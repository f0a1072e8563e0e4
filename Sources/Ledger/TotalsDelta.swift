import Billing

/// What a batch adds to the totals: one row for each company, metric and span, in key order, so that replicas lock rows
/// in one order and no row is touched twice.
///
/// Kept by column, as the statement wants its parameters.
struct TotalsDelta {
  private(set) var companies: [Company] = []
  private(set) var keys: [Key] = []
  private(set) var amounts: [Amount] = []

  /// Where a record stands in time; two of one instant are told apart by their ids.
  typealias Moment = (at: Instant, id: UsageID)

  /// What one total gains.
  struct Amount {
    let aggregation: Aggregation
    var quantity: Quantity
    var events: Int64
    /// For `last`: whose quantity it is.
    var last: Moment?
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

  /// Where a total of a period stands.
  func index(of total: Gains.Recomputed) -> Int? {
    let key = Key(metric: total.metric, start: total.periodStart)
    return companies.indices.first { keys[$0] == key && companies[$0].id == total.company }
  }

  /// Takes over what a total gains. Totals come in ascending order; what comes for the same total again is joined.
  mutating func append(_ company: Company, _ key: Key, _ amount: Amount) {
    if companies.last === company, keys.last == key {
      amounts[count - 1].join(amount)
    } else {
      companies.append(company)
      keys.append(key)
      amounts.append(amount)
    }
  }
}

extension TotalsDelta.Amount {
  static func nothing(_ aggregation: Aggregation) -> Self {
    Self(aggregation: aggregation, quantity: .zero, events: 0)
  }

  /// Adds a record. What `unique` gains is decided by the table of subjects, not here.
  ///
  /// - Parameter moment: looked at for `last` only.
  mutating func add(_ counted: Quantity, at moment: () -> TotalsDelta.Moment) {
    events += 1
    switch aggregation {
    case .sum, .count: quantity += counted
    case .max: quantity = max(quantity, counted)
    case .last: take(counted, moment())
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

  /// Adds what the same total gained elsewhere in the batch.
  fileprivate mutating func join(_ other: Self) {
    events += other.events
    switch aggregation {
    case .sum, .count, .unique: quantity += other.quantity
    case .max: quantity = max(quantity, other.quantity)
    case .last: if let last = other.last { take(other.quantity, last) }
    }
  }

  private mutating func take(_ counted: Quantity, _ candidate: TotalsDelta.Moment) {
    if let last, (last.at, last.id) > (candidate.at, candidate.id) { return }
    last = candidate
    quantity = counted
  }
}
